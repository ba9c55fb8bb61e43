import {
  type FieldError,
  field,
  isQualifiedName,
  nameIsDnsLabel,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Namespace } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { applyDefaults } from './defaults.ts'

const finalizer = 'kubernetes'

function validateFinalizers(namespace: Namespace): FieldError[] {
  return (namespace.spec?.finalizers ?? []).flatMap((name, index) => {
    const at = `spec.finalizers[${index}]`
    const errors = isQualifiedName(name).map(message => field.invalid('spec.finalizers', name, message))
    if (!name.includes('/') && name !== finalizer) {
      errors.push(field.invalid(at, name, 'name is neither a standard finalizer name nor is it fully qualified'))
    }
    return errors
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
    if (subresource !== 'finalize') keep(namespace, old, 'spec')
  },
  validate: namespace => [
    ...validateObjectMeta(namespace.metadata, false, nameIsDnsLabel),
    ...validateFinalizers(namespace),
  ],
  validateUpdate(namespace, old, { subresource }) {
    const errors = validateObjectMetaUpdate(namespace.metadata, old.metadata)
    if (subresource === 'status') errors.push(...validateStatus(namespace))
    if (subresource === 'finalize') errors.push(...validateFinalizers(namespace))
    return errors
  },
}
