import { append, type FieldError, field, isQualifiedName, nameIsDnsLabel } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Namespace } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import {
  validateBuiltinMeta,
  validateBuiltinMetaUpdate,
  validateStandardFinalizer,
} from '../../../validation/object-meta.ts'
import { applyDefaults } from './defaults.ts'

const finalizer = 'kubernetes'

/** `indexed`: errors name the place in the list, which upstream's rules do for the finalize subresource only. */
function validateFinalizers(namespace: Namespace, indexed: boolean): FieldError[] {
  return (namespace.spec?.finalizers ?? []).flatMap((name, index) => {
    const at = indexed ? `spec.finalizers[${index}]` : 'spec.finalizers'
    const errors = isQualifiedName(name).map(message => field.invalid(at, name, message))
    return errors.concat(validateStandardFinalizer(name, at))
  })
}

function validateStatus({ metadata, status }: Namespace): FieldError[] {
  const phase = status?.phase ?? ''
  const ending = metadata?.deletionTimestamp !== undefined
  if (!ending && phase !== 'Active') {
    return [field.invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")]
  }
  if (ending && phase !== 'Terminating') {
    return [field.invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")]
  }
  return []
}

export const strategy: Strategy<Namespace> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(namespace) {
    namespace.status = { phase: 'Active' }
    namespace.spec ??= {}
    namespace.spec.finalizers ??= []
    if (!namespace.spec.finalizers.includes(finalizer)) namespace.spec.finalizers.push(finalizer)
    // The name may have been generated after the defaults were set.
    applyDefaults(namespace)
  },
  prepareForUpdate(namespace, old, { subresource }) {
    if (subresource !== 'status') keep(namespace, old, 'status')
    if (subresource === 'status') keep(namespace, old, 'spec')
    else if (subresource !== 'finalize') {
      namespace.spec ??= {}
      keep(namespace.spec, old.spec ?? {}, 'finalizers')
    }
  },
  validate: namespace => [
    ...validateBuiltinMeta(namespace.metadata, false, nameIsDnsLabel),
    ...validateFinalizers(namespace, false),
  ],
  validateUpdate(namespace, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(namespace.metadata, old.metadata)
    if (subresource === 'status') append(errors, validateStatus(namespace))
    else append(errors, validateFinalizers(namespace, subresource === 'finalize'))
    return errors
  },
}
