import { forbidden, plainError } from '@kubets/apimachinery'
import type { ResourceList, ScopeRequirement } from '@kubets/quota'
import type { AdmissionRequest } from '../../admission.ts'
import type { LimitedResource } from '../../configuration/contract.ts'
import { type Charge, counts, difference } from './charge.ts'
import type { Quota } from './quota.ts'

/**
 * What nobody may use without a quota that counts it. @throws Status when no quota of the namespace does: a refusal for a resource, and as upstream an
 * error without a reason for a scope.
 */
export function refuseUncovered(
  { entry, name, operation }: AdmissionRequest,
  charge: Charge,
  quotas: readonly Quota[],
  limited: readonly LimitedResource[],
): void {
  const { evaluator, object, old, now } = charge
  const usage = evaluator.usage(object, now)
  const own = limited.filter(({ group, resource }) => group === entry.group && resource === entry.resource)
  const wanted = [...usage].flatMap(([key, amount]) =>
    amount.sign() > 0 && own.some(({ matchContains }) => matchContains.some(part => key.includes(part))) ? [key] : [],
  )
  const scopes = limited.flatMap(({ matchScopes }) =>
    matchScopes.filter(scope => evaluator.matchesScope(scope, object)),
  )
  if (wanted.length === 0 && scopes.length === 0) return
  const counting = quotas.filter(quota => counts(quota, charge, object))
  const before = operation === 'UPDATE' && old !== undefined ? evaluator.usage(old, now) : undefined
  // a write that changes no usage costs nothing, with or without a quota
  const less = before !== undefined && counting.every(quota => counts(quota, charge, old))
  if (isZero(less ? difference(usage, before) : usage)) return
  const covered = new Set(counting.flatMap(quota => evaluator.matchingResources([...quota.hard.keys()])))
  const missing = wanted.filter(key => !covered.has(key)).sort()
  if (missing.length > 0) throw forbidden(entry, name, `insufficient quota to consume: ${missing.join(',')}`)
  const known = new Set(
    quotas.flatMap(({ requirements }) =>
      requirements.filter(one => evaluator.matchesScope(one, object)).map(({ scopeName }) => scopeName),
    ),
  )
  const open = scopes.filter(({ scopeName }) => !known.has(scopeName))
  if (open.length > 0) throw plainError(`insufficient quota to match these scopes: [${open.map(shown).join(' ')}]`)
}

const isZero = (list: ResourceList) => [...list.values()].every(amount => amount.isZero())

/** As Go prints it. */
const shown = ({ scopeName, operator, values = [] }: ScopeRequirement) =>
  `{${scopeName} ${operator} [${values.join(' ')}]}`
