import { nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { keepMetaForStatus } from '../../../status-meta.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { ResourcePoolStatusRequest } from '../../types.ts'
import { validateSpec, validateSpecUnchanged, validateStatus } from './validation.ts'

export const strategy: Strategy<ResourcePoolStatusRequest> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate(request) {
    delete request.status
  },
  prepareForUpdate(request, old, { subresource }) {
    if (subresource !== 'status') return keep(request, old, 'status')
    keep(request, old, 'spec')
    keepMetaForStatus(request, old)
  },
  validate: ({ metadata, spec }) => [
    ...validateBuiltinMeta(metadata, false, nameIsDnsSubdomain),
    ...validateSpec(spec),
  ],
  validateUpdate: (request, old, { subresource }) => [
    ...validateBuiltinMetaUpdate(request.metadata, old.metadata),
    ...(subresource === 'status' ? validateStatus(request.status, old.status) : validateSpecUnchanged(request, old)),
  ],
  resetFields: subresource => (subresource === 'status' ? ['metadata', 'spec'] : ['status']),
}
