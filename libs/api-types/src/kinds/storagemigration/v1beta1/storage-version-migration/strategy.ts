import {
  append,
  type FieldError,
  field,
  immutable,
  isDns1035Label,
  isDns1123Subdomain,
  nameIsDnsSubdomain,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { keepMetaForStatus } from '../../../status-meta.ts'
import { validateConditions } from '../../../validation/conditions.ts'
import { validateImmutablePart } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { StorageVersionMigration } from '../../types.ts'

/** All that is wrong with a text, in one error. */
const together = (path: string, value: string, messages: readonly string[]): FieldError[] =>
  messages.length === 0 ? [] : [field.invalid(path, value, messages.join(','))]

function validateSpec({ spec }: StorageVersionMigration): FieldError[] {
  const { group = '', resource = '' } = spec?.resource ?? {}
  const at = 'spec.resource'
  return [
    ...(resource === ''
      ? [field.required(`${at}.resource`, 'resource is required to be set')]
      : together(`${at}.resource`, resource, isDns1035Label(resource))),
    ...(group === '' ? [] : together(`${at}.group`, group, isDns1123Subdomain(group))),
  ]
}

/** The first condition of the type, and that one only, says it. */
const isTrue = ({ status }: StorageVersionMigration, type: string) =>
  status?.conditions?.find(condition => condition.type === type)?.status === 'True'

function validateStatus(object: StorageVersionMigration, old: StorageVersionMigration): FieldError[] {
  const { resourceVersion = '', conditions } = object.status ?? {}
  const errors: FieldError[] = []
  const at = 'status.resourceVersion'
  if (resourceVersion !== '' && !/^[1-9][0-9]*$/.test(resourceVersion)) {
    const text = `resource version is not well formed: ${resourceVersion}`
    errors.push(field.invalid(at, resourceVersion, text))
  }
  append(errors, validateConditions(conditions, 'status.conditions'))
  const before = old.status?.resourceVersion ?? ''
  if (before !== '' && before !== resourceVersion) errors.push(field.invalid(at, resourceVersion, immutable))
  const refuse = (text: string) => errors.push(field.invalid('status.conditions', conditions ?? null, text))
  if (isTrue(object, 'Succeeded') && isTrue(object, 'Failed')) {
    refuse('Both success and failed conditions cannot be true at the same time')
  }
  if (isTrue(old, 'Succeeded') && !isTrue(object, 'Succeeded')) {
    refuse('Success condition cannot be set to false once it is true')
  }
  if (isTrue(old, 'Failed') && !isTrue(object, 'Failed')) {
    refuse('Failed condition cannot be set to false once it is true')
  }
  return errors
}

export const strategy: Strategy<StorageVersionMigration> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate(object) {
    delete object.status
  },
  prepareForUpdate(object, old, { subresource }) {
    if (subresource !== 'status') return keep(object, old, 'status')
    keep(object, old, 'spec')
    keepMetaForStatus(object, old)
  },
  validate: object => [...validateBuiltinMeta(object.metadata, false, nameIsDnsSubdomain), ...validateSpec(object)],
  validateUpdate(object, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(object.metadata, old.metadata)
    if (subresource === 'status') return errors.concat(validateStatus(object, old))
    const message = 'io.k8s.api.storagemigration.v1beta1.StorageVersionMigrationSpec'
    return [...errors, ...validateSpec(object), ...validateImmutablePart(message, object.spec, old.spec, 'spec')]
  },
  resetFields: subresource => (subresource === 'status' ? ['metadata', 'spec'] : ['status']),
}
