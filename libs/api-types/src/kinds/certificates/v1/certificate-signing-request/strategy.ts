import { nameIsPathSegment } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { CertificateSigningRequest } from '../../types.ts'
import { fillConditionTimes, keepDecisions } from './condition-times.ts'
import { validateRequest, validateRequestChange } from './validation.ts'

const reset: Readonly<Record<string, readonly string[]>> = {
  '': ['spec', 'status'],
  status: ['spec', 'status.conditions'],
  approval: ['spec', 'status.certificate'],
}

export const strategy: Strategy<CertificateSigningRequest> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(object, { user }) {
    object.spec ??= {} as CertificateSigningRequest['spec']
    const { spec } = object
    // who asks is what the api-server knows, whatever the object says
    delete spec.username
    delete spec.uid
    delete spec.groups
    delete spec.extra
    if (user !== undefined) {
      if (user.name !== '') spec.username = user.name
      if (user.uid !== '') spec.uid = user.uid
      if (user.groups.length > 0) spec.groups = [...user.groups]
      const extra = Object.entries(user.extra ?? {})
      if (extra.length > 0) spec.extra = Object.fromEntries(extra.map(([key, values]) => [key, [...values]]))
    }
    // nobody approves by creating
    object.status = {}
  },
  prepareForUpdate(object, old, { subresource, now }) {
    keep(object, old, 'spec')
    if (subresource === 'status') {
      keepDecisions(object, old)
      fillConditionTimes(object, old, now)
    } else if (subresource === 'approval') {
      fillConditionTimes(object, old, now)
      const conditions = object.status?.conditions
      object.status = { ...old.status, ...(conditions === undefined ? {} : { conditions }) }
      if (conditions === undefined) delete object.status.conditions
    } else keep(object, old, 'status')
  },
  validate: object => [...validateBuiltinMeta(object.metadata, false, nameIsPathSegment), ...validateRequest(object)],
  validateUpdate: (object, old, { subresource }) => [
    ...validateBuiltinMetaUpdate(object.metadata, old.metadata),
    ...validateRequest(object, old),
    ...validateRequestChange(object, old, subresource),
  ],
  resetFields: subresource => reset[subresource] ?? [],
}
