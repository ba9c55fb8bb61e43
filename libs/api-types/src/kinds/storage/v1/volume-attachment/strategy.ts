import { nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { keepMetaForStatus } from '../../../status-meta.ts'
import { validateImmutablePart } from '../../../validation/immutable.ts'
import { validateBuiltinMeta } from '../../../validation/object-meta.ts'
import type { VolumeAttachment } from '../../types.ts'
import { validateAttachment } from './validation.ts'

export const strategy: Strategy<VolumeAttachment> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate(attachment) {
    attachment.status = { attached: false }
  },
  prepareForUpdate(attachment, old, { subresource }) {
    if (subresource === 'status') {
      keep(attachment, old, 'spec')
      keepMetaForStatus(attachment, old)
    } else keep(attachment, old, 'status')
  },
  validate: object => [
    ...validateBuiltinMeta(object.metadata, false, nameIsDnsSubdomain),
    ...validateAttachment(object),
  ],
  validatesMetaUpdate: false,
  validateUpdate: (object, old) => [
    ...validateBuiltinMeta(object.metadata, false, nameIsDnsSubdomain),
    ...validateAttachment(object),
    ...validateImmutablePart('io.k8s.api.storage.v1.VolumeAttachmentSpec', object.spec, old.spec, 'spec'),
  ],
  resetFields: subresource => (subresource === 'status' ? ['metadata', 'spec'] : ['status']),
}
