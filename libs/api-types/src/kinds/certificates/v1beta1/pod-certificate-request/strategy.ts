import { nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { keepMetaForStatus } from '../../../status-meta.ts'
import { validateImmutablePart } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { PodCertificateRequest } from '../../types.ts'
import { validateStatusChange } from './status-validation.ts'
import { validateSpec } from './validation.ts'

export const strategy: Strategy<PodCertificateRequest> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate(request) {
    delete request.status
  },
  prepareForUpdate(request, old, { subresource }) {
    if (subresource === 'status') {
      keep(request, old, 'spec')
      keepMetaForStatus(request, old)
    } else keep(request, old, 'status')
  },
  validate: ({ metadata, spec }) => [...validateBuiltinMeta(metadata, true, nameIsDnsSubdomain), ...validateSpec(spec)],
  validateUpdate(request, old, { subresource, now }) {
    const errors = validateBuiltinMetaUpdate(request.metadata, old.metadata)
    if (subresource === 'status') return errors.length > 0 ? errors : validateStatusChange(request, old, now)
    const message = 'io.k8s.api.certificates.v1beta1.PodCertificateRequestSpec'
    return errors.concat(validateImmutablePart(message, request.spec, old.spec, 'spec'))
  },
  resetFields: subresource => (subresource === 'status' ? ['spec'] : []),
}
