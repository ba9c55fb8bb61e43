import { isDns1035Label, isDns1123Subdomain, type NameCheck } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { keepMetaForStatus } from '../../../status-meta.ts'
import { validateBuiltinMeta } from '../../../validation/object-meta.ts'
import type { StorageVersion } from '../../types.ts'
import { validateStatus } from './validation.ts'

/** `<group>.<resource>`. */
const nameIsGroupResource: NameCheck = name => {
  const dot = name.lastIndexOf('.')
  if (dot < 0) return ['name must be in the form of <group>.<resource>']
  return [
    ...isDns1123Subdomain(name.slice(0, dot)).map(text => `the group segment ${text}`),
    ...isDns1035Label(name.slice(dot + 1)).map(text => `the resource segment ${text}`),
  ]
}

export const strategy: Strategy<StorageVersion> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate(object) {
    object.status = {}
  },
  prepareForUpdate(object, old, { subresource }) {
    if (subresource !== 'status') return keep(object, old, 'status')
    keep(object, old, 'spec')
    keepMetaForStatus(object, old)
  },
  validate: object => [...validateBuiltinMeta(object.metadata, false, nameIsGroupResource), ...validateStatus(object)],
  validatesMetaUpdate: false,
  validateUpdate: (object, _old, { subresource }) => (subresource === 'status' ? validateStatus(object) : []),
  resetFields: subresource => (subresource === 'status' ? ['metadata', 'spec'] : ['status']),
}
