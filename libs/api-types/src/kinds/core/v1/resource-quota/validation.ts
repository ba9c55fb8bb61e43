import { type FieldError, field, immutable } from '@kubets/apimachinery'
import type { ResourceQuota, ResourceQuotaSpec } from '../../../../wire.ts'
import { validateQuotaResourceName, validateResourceList } from '../resource/checks.ts'
import { isQuotaResource } from '../resource/names.ts'

const pods = ['pods']
const compute = [...pods, 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']

/** Scopes, and what a quota that has one can bound. */
const scopes: Readonly<Record<string, readonly string[]>> = {
  Terminating: compute,
  NotTerminating: compute,
  BestEffort: pods,
  NotBestEffort: compute,
  PriorityClass: compute,
  CrossNamespacePodAffinity: compute,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
}
const exclusive = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const
/** A scope of these is there or not: it has no values. */
const withoutValues = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity']

const isKnown = (scope: string) => Object.hasOwn(scopes, scope)

/** Once for each resource that the scope is not for. */
function validateReach(scope: string, hard: ResourceQuotaSpec['hard'], path: string, shown: unknown): FieldError[] {
  const reach = isKnown(scope) ? scopes[scope] : undefined
  if (reach === undefined) return []
  return Object.keys(hard ?? {})
    .filter(name => isQuotaResource(name) && !reach.includes(name))
    .map(() => field.invalid(path, shown, 'unsupported scope applied to resource'))
}

const validateConflicts = (given: readonly string[], path: string, shown: unknown): FieldError[] =>
  exclusive
    .filter(pair => pair.every(scope => given.includes(scope)))
    .map(() => field.invalid(path, shown, 'conflicting scopes'))

function validateScopes({ scopes: given = [], hard }: ResourceQuotaSpec): FieldError[] {
  const path = 'spec.scopes'
  return [
    ...given.flatMap(scope => [
      ...(isKnown(scope) ? [] : [field.invalid(path, given, 'unsupported scope')]),
      ...validateReach(scope, hard, path, given),
    ]),
    ...validateConflicts(given, path, given),
  ]
}

type Requirement = NonNullable<NonNullable<ResourceQuotaSpec['scopeSelector']>['matchExpressions']>[number]

const existsOnly =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, " +
  'ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity'

function validateOperator({ scopeName, operator = '', values = [] }: Requirement, path: string): FieldError[] {
  const at = `${path}.operator`
  const errors: FieldError[] = []
  if (withoutValues.includes(scopeName) && operator !== 'Exists') errors.push(field.invalid(at, operator, existsOnly))
  switch (operator) {
    case 'In':
    case 'NotIn': {
      const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
      return values.length === 0 ? [...errors, field.required(`${path}.values`, text)] : errors
    }
    case 'Exists':
    case 'DoesNotExist': {
      const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
      return values.length > 0 ? [...errors, field.invalid(`${path}.values`, values, text)] : errors
    }
    default:
      return [...errors, field.invalid(at, operator, 'not a valid selector operator')]
  }
}

function validateSelector({ scopeSelector, scopes: given, hard }: ResourceQuotaSpec): FieldError[] {
  if (scopeSelector === undefined) return []
  const path = 'spec.scopeSelector.matchExpressions'
  const list = scopeSelector.matchExpressions ?? []
  const shown = {
    MatchExpressions: list.map(({ scopeName, operator, values }) => ({
      ScopeName: scopeName,
      Operator: operator,
      Values: values ?? null,
    })),
  }
  const errors = list.flatMap(requirement => [
    ...(isKnown(requirement.scopeName)
      ? []
      : [field.invalid(`${path}.scopeName`, requirement.scopeName ?? '', 'unsupported scope')]),
    ...validateReach(requirement.scopeName, hard, path, shown),
    ...validateOperator(requirement, path),
  ])
  const names = list.map(({ scopeName }) => scopeName)
  return [...errors, ...validateConflicts(names, path, given ?? null)]
}

export const validateSpec = (spec: ResourceQuotaSpec = {}): FieldError[] => [
  ...validateResourceList(spec.hard, 'spec.hard', validateQuotaResourceName),
  ...validateScopes(spec),
  ...validateSelector(spec),
]

export const validateStatus = ({ status }: ResourceQuota): FieldError[] => [
  ...validateResourceList(status?.hard, 'status.hard', validateQuotaResourceName),
  ...validateResourceList(status?.used, 'status.used', validateQuotaResourceName),
]

/** The scopes say what the quota counts: they stay. */
export function validateSameScopes({ scopes }: ResourceQuotaSpec, { scopes: old = [] }: ResourceQuotaSpec) {
  const now = scopes ?? []
  const same = now.every(scope => old.includes(scope)) && old.every(scope => now.includes(scope))
  return same ? [] : [field.invalid('spec.scopes', scopes ?? null, immutable)]
}
