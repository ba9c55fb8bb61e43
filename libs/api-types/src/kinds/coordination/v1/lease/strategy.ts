import {
  type FieldError,
  field,
  isQualifiedName,
  nameIsDnsSubdomain,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Lease } from '../../../../wire.ts'

const strategies = ['NoCoordination', 'OldestEmulationVersion']

function validateSpec(lease: Lease): FieldError[] {
  const errors: FieldError[] = []
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = lease.spec ?? {}
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(field.invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'))
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    errors.push(field.invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'))
  }
  if (strategy !== undefined && !strategies.includes(strategy)) {
    for (const message of isQualifiedName(strategy)) errors.push(field.invalid('spec.strategy', strategy, message))
  }
  if (preferredHolder && !strategy) {
    errors.push(field.forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'))
  }
  return errors
}

export const strategy: Strategy<Lease> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: lease => [...validateObjectMeta(lease.metadata, true, nameIsDnsSubdomain), ...validateSpec(lease)],
  validateUpdate: (lease, old) => [...validateObjectMetaUpdate(lease.metadata, old.metadata), ...validateSpec(lease)],
}
