import { append, type FieldError, field, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { validateImmutable } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { PriorityClass } from '../../types.ts'
import { systemPriorityClasses } from './system-classes.ts'

const prefix = 'system-'
const highestForUsers = 1_000_000_000
const policies = ['PreemptLowerPriority', 'Never']

/** Names that begin with `system-` belong to the classes that every cluster has. */
function validateSystemName(name: string, object: PriorityClass): FieldError[] {
  const refuse = (why: string) => {
    const text = `priority class names with '${prefix}' prefix are reserved for system use only. error: ${why}`
    return [field.forbidden('metadata.name', text)]
  }
  const known = systemPriorityClasses.find(({ metadata }) => metadata.name === name)
  if (known === undefined) return refuse(`${name} is not a known system priority class`)
  if (known.value !== object.value) return refuse(`value of ${name} PriorityClass must be ${known.value}`)
  if (object.globalDefault === true) return refuse(`globalDefault of ${name} PriorityClass must be false`)
  return []
}

function validateFields(object: PriorityClass): FieldError[] {
  const { metadata, value = 0, preemptionPolicy: policy } = object
  const name = metadata?.name ?? ''
  const errors: FieldError[] = []
  if (name.startsWith(prefix)) append(errors, validateSystemName(name, object))
  else if (value > highestForUsers) {
    errors.push(field.forbidden('value', `maximum allowed value of a user defined priority is ${highestForUsers}`))
  }
  if (policy === '') errors.push(field.required('preemptionPolicy'))
  else if (policy !== undefined && !policies.includes(policy)) {
    errors.push(field.notSupported('preemptionPolicy', policy, policies))
  }
  return errors
}

export const strategy: Strategy<PriorityClass> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(object) {
    object.metadata ??= {}
    object.metadata.generation = 1
  },
  prepareForUpdate: () => {},
  validate: object => [...validateBuiltinMeta(object.metadata, false, nameIsDnsSubdomain), ...validateFields(object)],
  validateUpdate: (object, old) => [
    ...validateBuiltinMetaUpdate(object.metadata, old.metadata),
    ...((object.value ?? 0) === (old.value ?? 0) ? [] : [field.forbidden('value', 'may not be changed in an update.')]),
    ...validateImmutable(object.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
  ],
}
