import type { Level, Stage } from './event.ts'

export interface GroupResources {
  /** '' for the core group, `*` for all. */
  readonly group?: string
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}

export interface PolicyRule {
  readonly level: Level
  readonly users?: readonly string[]
  readonly userGroups?: readonly string[]
  readonly verbs?: readonly string[]
  readonly namespaces?: readonly string[]
  readonly resources?: readonly GroupResources[]
  readonly nonResourceURLs?: readonly string[]
  readonly omitStages?: readonly Stage[]
  readonly omitManagedFields?: boolean
}

/** A `Policy` of audit.k8s.io/v1: the first rule that fits a request says how much of it is recorded. */
export interface AuditPolicy {
  readonly rules: readonly PolicyRule[]
  readonly omitStages?: readonly Stage[]
  readonly omitManagedFields?: boolean
}

/** What rules look at. */
export interface AuditedRequest {
  readonly user: { readonly name: string; readonly groups: readonly string[] } | undefined
  readonly verb: string
  readonly isResourceRequest: boolean
  readonly path: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
}

/** What is recorded of one request. */
export interface AuditDecision {
  readonly level: Level
  readonly omitStages: ReadonlySet<Stage>
  readonly omitManagedFields: boolean
}

/** Prepares a policy: what follows from it alone is worked out once. */
export function policyEvaluator(policy: AuditPolicy): (request: AuditedRequest) => AuditDecision {
  const decide = (rule: Partial<PolicyRule> & { level: Level }): AuditDecision => ({
    level: rule.level,
    omitStages: new Set([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]),
    omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false,
  })
  const rules = policy.rules.map(rule => ({ rule, decision: decide(rule) }))
  const otherwise = decide({ level: 'None' })
  return request => rules.find(({ rule }) => matches(rule, request))?.decision ?? otherwise
}

function matches(rule: PolicyRule, request: AuditedRequest): boolean {
  const { users = [], userGroups = [], verbs = [], namespaces = [], resources = [], nonResourceURLs = [] } = rule
  const { user } = request
  if (users.length > 0 && (user === undefined || !users.includes(user.name))) return false
  if (userGroups.length > 0 && !user?.groups.some(group => userGroups.includes(group))) return false
  if (verbs.length > 0 && !verbs.includes(request.verb)) return false
  if (namespaces.length > 0 || resources.length > 0) {
    if (!request.isResourceRequest) return false
    // what has no namespace is named by the empty one
    if (namespaces.length > 0 && !namespaces.includes(request.namespace)) return false
    return resources.length === 0 || resources.some(one => matchesResource(one, request))
  }
  if (nonResourceURLs.length > 0)
    return !request.isResourceRequest && nonResourceURLs.some(url => matchesPath(url, request.path))
  return true
}

function matchesResource({ group = '', resources = [], resourceNames = [] }: GroupResources, request: AuditedRequest) {
  if (group !== '*' && group !== request.group) return false
  if (resources.length === 0) return true
  if (resourceNames.length > 0 && !resourceNames.includes(request.name)) return false
  const { resource, subresource } = request
  const whole = subresource === '' ? resource : `${resource}/${subresource}`
  return resources.some(
    wanted =>
      wanted === '*' ||
      wanted === whole ||
      wanted === `${resource}/*` ||
      (subresource !== '' && wanted === `*/${subresource}`),
  )
}

const matchesPath = (url: string, path: string) =>
  url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')))
