import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '@kubets/api-types'
import { type BoundTo, clusterBindings, namespaceBindings } from './bindings.ts'
import { clusterRoleRules } from './cluster-roles.ts'
import { type BootstrapRules, policyRule } from './compact-rule.ts'
import { controllerRules } from './controller-roles.ts'
import { namespaceRoleRules } from './namespace-roles.ts'

/** On every object here; `"false"` in an object that is there keeps it as it is. */
export const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate'

const group = 'rbac.authorization.k8s.io'
const controllerPrefix = 'system:controller:'
const aggregateTo = (role: string) => ({ [`${group}/aggregate-to-${role}`]: 'true' })

/** Roles that others' rules are gathered in, and the one which each of them is gathered in itself. */
const aggregated: Readonly<Record<string, string | undefined>> = { admin: undefined, edit: 'admin', view: 'edit' }

const metadata = (name: string, labels: Record<string, string> = {}) => ({
  name,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { [autoUpdate]: 'true' },
})

const rulesOf = (rules: BootstrapRules): PolicyRule[] => rules.map(policyRule)

export interface BootstrapPolicy {
  readonly clusterRoles: readonly ClusterRole[]
  readonly clusterRoleBindings: readonly ClusterRoleBinding[]
  readonly roles: readonly Role[]
  readonly roleBindings: readonly RoleBinding[]
}

/** The roles and bindings that every cluster with RBAC has. New objects at each call: who writes them may change them. */
export function bootstrapPolicy(): BootstrapPolicy {
  return {
    clusterRoles: [
      ...Object.entries(aggregated).map(([name, into]) => aggregating(name, into)),
      ...Object.entries(clusterRoleRules).map(([name, rules]) => clusterRole(name, rules)),
      ...Object.entries(controllerRules).map(([name, rules]) => clusterRole(controllerPrefix + name, rules)),
    ],
    clusterRoleBindings: [
      ...Object.entries(clusterBindings).map(([role, to]) => clusterRoleBinding(role, to)),
      ...Object.keys(controllerRules).map(name =>
        clusterRoleBinding(controllerPrefix + name, { serviceAccounts: [`kube-system/${name}`] }),
      ),
    ],
    roles: Object.entries(namespaceRoleRules).flatMap(([namespace, roles]) =>
      Object.entries(roles).map(([name, rules]) => ({
        metadata: { ...metadata(name), namespace },
        rules: rulesOf(rules),
      })),
    ),
    roleBindings: namespaceBindings.map(({ namespace, role, name = role, ...to }) => ({
      metadata: { ...metadata(name), namespace },
      subjects: subjects(to),
      roleRef: { apiGroup: group, kind: 'Role', name: role },
    })),
  }
}

function aggregating(name: string, into: string | undefined): ClusterRole {
  return {
    metadata: metadata(name, into === undefined ? {} : aggregateTo(into)),
    // the aggregation controller writes them
    rules: null as never,
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregateTo(name) }] },
  }
}

function clusterRole(name: string, rules: BootstrapRules): ClusterRole {
  const [, into] = /^system:aggregate-to-(.+)$/.exec(name) ?? []
  return { metadata: metadata(name, into === undefined ? {} : aggregateTo(into)), rules: rulesOf(rules) }
}

function clusterRoleBinding(name: string, to: BoundTo): ClusterRoleBinding {
  const bound = subjects(to)
  return {
    metadata: metadata(name),
    ...(bound.length === 0 ? {} : { subjects: bound }),
    roleRef: { apiGroup: group, kind: 'ClusterRole', name },
  }
}

const subjects = ({ users = [], groups = [], serviceAccounts = [] }: BoundTo) => [
  ...users.map(name => ({ apiGroup: group, kind: 'User', name })),
  ...groups.map(name => ({ apiGroup: group, kind: 'Group', name })),
  ...serviceAccounts.map(account => {
    const [namespace = '', name = ''] = account.split('/')
    return { kind: 'ServiceAccount', name, namespace }
  }),
]

/** What a node may do that its authorizer does not look at more closely. */
export const nodeRules = (): PolicyRule[] => rulesOf(clusterRoleRules['system:node'] ?? [])
