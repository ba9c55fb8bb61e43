import {
  append,
  type FieldError,
  field,
  mustNotBeNegative,
  nameIsDnsSubdomain,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Lease } from '../../../../wire.ts'
import { validateElectionStrategy } from '../../election-strategy.ts'

function validateSpec(lease: Lease): FieldError[] {
  const errors: FieldError[] = []
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = lease.spec ?? {}
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(field.invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'))
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    errors.push(field.invalid('spec.leaseTransitions', leaseTransitions, mustNotBeNegative))
  }
  if (strategy !== undefined) append(errors, validateElectionStrategy(strategy, 'spec.strategy'))
  if (preferredHolder && !strategy) {
    errors.push(field.forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'))
  }
  return errors
}

/** Fields of the feature gate CoordinatedLeaderElection, off in v1.36: only what is stored already may have them. */
function dropGatedFields({ spec }: Lease, old?: Lease): void {
  if (spec === undefined) return
  if (old?.spec?.strategy === undefined) delete spec.strategy
  if (old?.spec?.preferredHolder === undefined) delete spec.preferredHolder
}

export const strategy: Strategy<Lease> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  prepareForCreate: lease => dropGatedFields(lease),
  prepareForUpdate: (lease, old) => dropGatedFields(lease, old),
  validate: lease => [...validateObjectMeta(lease.metadata, true, nameIsDnsSubdomain), ...validateSpec(lease)],
  validateUpdate: (lease, old) => [...validateObjectMetaUpdate(lease.metadata, old.metadata), ...validateSpec(lease)],
}
