import type { ClusterRole, ClusterRoleBinding, KubeObject, PolicyRule, Role, RoleBinding } from '@kubets/api-types'
import { forbidden, goQuote, notFound, plainError, semanticEqual } from '@kubets/apimachinery'
import type { RequestContext } from '../../handlers/request-context.ts'
import type { WriteHook } from '../../resources/hooks.ts'
import { aggregateErrors } from '../aggregate-errors.ts'
import { type AccessRequest, type Authorizer, privilegedGroup } from '../authorizer.ts'
import { described, quoted, uncovered } from './covers.ts'
import { rulesOf } from './rbac-authorizer.ts'
import type { RbacIndex } from './rbac-index.ts'

const group = 'rbac.authorization.k8s.io'
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

/**
 * Nobody gives away what they do not have: who writes a role must hold all of its rules or be allowed to `escalate`, who writes a binding must
 * hold those of its role or be allowed to `bind` it. Members of system:masters may always. By {@link hookName}.
 */
export function escalationHooks(index: RbacIndex, authorizer: Authorizer): ReadonlyMap<string, WriteHook> {
  const may = async (request: AccessRequest) => (await authorizer.authorize(request)).decision === 'allow'
  const checks = { index, may }
  return new Map([
    ...['roles', 'clusterroles'].map(
      resource =>
        [`${resource}.${group}`, hook((object, old, context) => checkRole(checks, object, old, context))] as const,
    ),
    ...['rolebindings', 'clusterrolebindings'].map(
      resource =>
        [`${resource}.${group}`, hook((object, _old, context) => checkBinding(checks, object, context))] as const,
    ),
  ])
}

interface Checks {
  readonly index: RbacIndex
  may(request: AccessRequest): Promise<boolean>
}

type Check = (object: KubeObject, old: KubeObject | undefined, context: RequestContext) => Promise<void>

function hook(check: Check): WriteHook {
  return {
    async beginCreate(object, _dryRun, context) {
      if (!isPrivileged(context)) await check(object, undefined, context)
      return undefined
    },
    async beginUpdate(object, old, _dryRun, context) {
      // the garbage collector and finalizers must be able to let go of what they could not write
      if (!isPrivileged(context) && !letsGoOnly(object, old)) await check(object, old, context)
      return undefined
    },
  }
}

const isPrivileged = ({ user }: RequestContext) => user.groups.includes(privilegedGroup)

/** Nothing but owners, finalizers and who manages what is different. */
function letsGoOnly(object: KubeObject, old: KubeObject): boolean {
  const { ownerReferences: _o, finalizers: _f, managedFields: _m, ...metadata } = object.metadata ?? {}
  const { ownerReferences: _p, finalizers: _g, managedFields: _n, ...before } = old.metadata ?? {}
  return semanticEqual({ ...object, metadata }, { ...old, metadata: before })
}

async function checkRole(
  { index, may }: Checks,
  object: KubeObject,
  old: KubeObject | undefined,
  { user, info }: RequestContext,
): Promise<void> {
  const { resource, name, namespace } = info
  const asked = { user, verb: 'escalate', group: info.group, version: '*', resource, subresource: '', namespace, name }
  if (await may(asked)) return
  const role = object as Role | ClusterRole
  const about = { group, resource }
  const called = role.metadata?.name ?? ''
  const missing = missingRights(index, user, info, role.rules ?? [])
  if (missing !== undefined) throw forbidden(about, called, missing)
  // an aggregation can gather anything, and hides that something was taken away
  if (!aggregates(role) && !(old !== undefined && aggregates(old as ClusterRole))) return
  if (missingRights(index, user, info, everything) !== undefined)
    throw forbidden(about, called, 'must have cluster-admin privileges to use the aggregationRule')
}

const aggregates = (role: Role | ClusterRole) =>
  'aggregationRule' in role && (role.aggregationRule?.clusterRoleSelectors ?? []).length > 0

async function checkBinding({ index, may }: Checks, object: KubeObject, { user, info }: RequestContext): Promise<void> {
  const { roleRef, metadata } = object as Partial<RoleBinding | ClusterRoleBinding>
  const { namespace } = info
  // validation comes after this
  const { kind = '', apiGroup = '', name = '' } = roleRef ?? {}
  if (kind !== 'ClusterRole' && kind !== 'Role') throw plainError(`unsupported role reference kind: ${goQuote(kind)}`)
  const resource = kind === 'ClusterRole' ? 'clusterroles' : 'roles'
  if (await may({ user, verb: 'bind', group: apiGroup, version: '*', resource, subresource: '', namespace, name }))
    return
  const rules = index.rules(kind, namespace, name)
  if (rules === undefined) throw notFound({ group, resource: info.resource }, name)
  const missing = missingRights(index, user, info, rules)
  if (missing !== undefined) throw forbidden({ group, resource: info.resource }, metadata?.name ?? '', missing)
}

/** What the user would give away without having it; undefined: nothing. */
function missingRights(
  index: RbacIndex,
  user: RequestContext['user'],
  { namespace, resource }: RequestContext['info'],
  wanted: readonly PolicyRule[],
): string | undefined {
  const held = rulesOf(index, user, namespace)
  const missing = uncovered(held.rules, wanted)
  if (missing.length === 0) return undefined
  const who = `user ${goQuote(user.name)} (groups=${quoted(user.groups)})`
  const text = `${who} is attempting to grant RBAC permissions not currently held:\n${described(missing).join('\n')}`
  if (held.lost.length === 0) return text
  // upstream names the resource of the request, whatever kind is not there
  const lost = held.lost.map(({ roleName }) => `${resource}.${group} ${goQuote(roleName)} not found`)
  return `${text}; resolution errors: [${aggregateErrors(lost)}]`
}
