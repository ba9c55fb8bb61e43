import { append, type FieldError, field, isDns1123Label, isDns1123Subdomain, semanticEqual } from '@kubets/apimachinery'
import { each, items } from '../../core/v1/pod/validation/checks.ts'
import { internalForm } from '../../validation/internal-form.ts'
import type { PodGroup, PodGroupTemplate } from '../types.ts'

type Policy = PodGroup['spec']['schedulingPolicy']
type Claim = NonNullable<PodGroup['spec']['resourceClaims']>[number]

/** What templates and groups have in common. */
export type GroupFields = Pick<
  PodGroupTemplate,
  'schedulingConstraints' | 'resourceClaims' | 'disruptionMode' | 'priorityClassName' | 'priority'
>

const gated = ['schedulingConstraints', 'resourceClaims', 'disruptionMode', 'priorityClassName', 'priority'] as const

const isSet = (fields: GroupFields | undefined, name: (typeof gated)[number]): boolean => {
  const value = fields?.[name]
  // some are stored as null when they are unset
  if (value === undefined || value === null) return false
  if (name === 'priorityClassName') return value !== ''
  return !Array.isArray(value) || value.length > 0
}

/**
 * Takes away what only the feature gates TopologyAwareWorkloadScheduling, DRAWorkloadResourceClaims and WorkloadAwarePreemption bring, all
 * off in v1.36, unless the stored object has it already.
 */
export function dropGatedFields(fields: GroupFields, old: GroupFields | undefined): void {
  for (const name of gated) if (!isSet(old, name)) delete fields[name]
}

/** What was stored under a gate may stay; it may not become something else while the gate is off. */
export function validateGatedFields(fields: GroupFields, old: GroupFields | undefined, path: string): FieldError[] {
  const errors: FieldError[] = []
  for (const name of ['disruptionMode', 'priorityClassName', 'priority', 'schedulingConstraints'] as const) {
    if (isSet(fields, name) && !semanticEqual(fields[name], old?.[name])) {
      errors.push(field.forbidden(`${path}.${name}`, ''))
    }
  }
  return errors
}

const setOf = (policy: Policy | undefined) => (['basic', 'gang'] as const).filter(name => policy?.[name] !== undefined)

/** Exactly one of `basic` and `gang`; a gang has a number. */
export function validatePolicy(policy: Policy | undefined, old: Policy | undefined, path: string): FieldError[] {
  if (old !== undefined && semanticEqual(policy, old)) return []
  const errors: FieldError[] = []
  const members = setOf(policy)
  if (old === undefined || members.join() !== setOf(old).join())
    append(errors, validateUnion(members, ['basic', 'gang'], path))
  if (policy?.gang !== undefined) {
    const { minCount = 0 } = policy.gang
    if (minCount === 0) errors.push(field.required(`${path}.gang.minCount`))
    else if (minCount < 1) {
      errors.push(field.invalid(`${path}.gang.minCount`, minCount, 'must be greater than or equal to 1'))
    }
  }
  return errors
}

/** Claims with names and exactly one source each. */
export function validateGroupClaims(claims: readonly Claim[] | undefined, path: string): FieldError[] {
  if (claims === undefined || claims.length === 0) return []
  if (claims.length > 4) return [field.tooMany(path, claims.length, 4)]
  const names = new Set<string>()
  const doubles = items(claims, path, (claim, at) => {
    if (names.has(claim.name)) {
      return [field.duplicate(at, internalForm('io.k8s.api.scheduling.v1alpha2.PodGroupResourceClaim', claim))]
    }
    names.add(claim.name)
    return []
  })
  return doubles.concat(
    items(claims, path, (claim, at) => {
      const { name = '', resourceClaimName, resourceClaimTemplateName } = claim
      const given = (['resourceClaimName', 'resourceClaimTemplateName'] as const).filter(
        key => claim[key] !== undefined,
      )
      return [
        ...validateUnion(given, ['resourceClaimName', 'resourceClaimTemplateName'], at),
        ...requiredName(name, `${at}.name`, isDns1123Label),
        ...optionalName(resourceClaimName, `${at}.resourceClaimName`),
        ...optionalName(resourceClaimTemplateName, `${at}.resourceClaimTemplateName`),
      ]
    }),
  )
}

/** Exactly one member of a union. */
export function validateUnion(given: readonly string[], all: readonly string[], path: string): FieldError[] {
  if (given.length === 1) return []
  const names = all.map(name => `\`${name}\``).join(', ')
  return given.length === 0
    ? [field.invalid(path, '', `must specify one of: ${names}`)]
    : [field.invalid(path, `{${given.join(', ')}}`, `must specify exactly one of: ${names}`)]
}

export const requiredName = (value: string, path: string, check: (value: string) => string[]): FieldError[] =>
  value === '' ? [field.required(path)] : each(path, value, check(value))

const optionalName = (value: string | undefined, path: string): FieldError[] =>
  value === undefined ? [] : each(path, value, isDns1123Subdomain(value))
