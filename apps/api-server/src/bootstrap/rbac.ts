import type { ClusterRole, ClusterRoleBinding, KubeObject, ResourceEntry, Role, RoleBinding } from '@kubets/api-types'
import { cloneJson, type Json } from '@kubets/apimachinery'
import { type BootstrapPolicy, bootstrapPolicy } from '../authorization/rbac/bootstrap/objects.ts'
import {
  bindsAnother,
  isProtected,
  reconciledBinding,
  reconciledRole,
} from '../authorization/rbac/bootstrap/reconcile.ts'
import { cachedObject } from '../resources/cached-object.ts'
import { changeOwn, createOwn, deleteOwn } from '../resources/own-writes.ts'
import { keyOf, type Rest } from '../resources/rest.ts'
import type { BootstrapPart } from './part.ts'

const group = 'rbac.authorization.k8s.io'

/** Roles that older clusters had with rules of their own, and where those go when the roles gather others' instead. */
const movedTo: Readonly<Record<string, string>> = {
  admin: 'system:aggregate-to-admin',
  edit: 'system:aggregate-to-edit',
  view: 'system:aggregate-to-view',
}

/**
 * The roles and bindings that every cluster with RBAC has. Those that are missing are made at the start, and those that are there get what they lack,
 * once: what an administrator changes later stays until the next start, and for good with `rbac.authorization.kubernetes.io/autoupdate: "false"`.
 */
export function rbacPolicy(): BootstrapPart {
  let reconciled = false
  return {
    objects({ rest }) {
      const entries = entriesOf(rest)
      if (entries === undefined) return []
      return wantedObjects(entries, migrated(rest, entries, bootstrapPolicy()))
        .filter(({ entry, object }) => rest.cache.get(key(entry, object)) === undefined)
        .map(({ entry, object }) => [entry, object])
    },
    async keep({ rest }) {
      if (reconciled) return
      const entries = entriesOf(rest)
      if (entries !== undefined)
        for (const wanted of wantedObjects(entries, bootstrapPolicy())) await reconcile(rest, wanted)
      reconciled = true
    },
  }
}

interface Wanted {
  readonly entry: ResourceEntry
  readonly object: ClusterRole | Role | ClusterRoleBinding | RoleBinding
}

type Entries = Readonly<Record<keyof BootstrapPolicy, ResourceEntry>>

function entriesOf(rest: Rest): Entries | undefined {
  const of = (resource: string) => rest.catalogue.byResource(group, 'v1', resource)
  const [clusterRoles, clusterRoleBindings] = [of('clusterroles'), of('clusterrolebindings')]
  const [roles, roleBindings] = [of('roles'), of('rolebindings')]
  if (!clusterRoles || !clusterRoleBindings || !roles || !roleBindings) return undefined
  return { clusterRoles, clusterRoleBindings, roles, roleBindings }
}

const wantedObjects = (entries: Entries, policy: BootstrapPolicy): Wanted[] =>
  (['clusterRoles', 'clusterRoleBindings', 'roles', 'roleBindings'] as const).flatMap(kind =>
    policy[kind].map(object => ({ entry: entries[kind], object })),
  )

const key = (entry: ResourceEntry, { metadata }: KubeObject) =>
  keyOf(entry, metadata?.namespace ?? '', metadata?.name ?? '')

/** What an administrator of an old cluster had made of `admin`, `edit`, `view` and the discovery binding goes to their successors. */
function migrated(rest: Rest, entries: Entries, policy: BootstrapPolicy): BootstrapPolicy {
  const role = (name: string) => cachedObject(rest, entries.clusterRoles, '', name) as ClusterRole | undefined
  const binding = (name: string) =>
    cachedObject(rest, entries.clusterRoleBindings, '', name) as ClusterRoleBinding | undefined
  const carried = new Map<string, ClusterRole>()
  for (const [from, to] of Object.entries(movedTo)) {
    const old = role(from)
    if (old !== undefined && old.aggregationRule === undefined && role(to) === undefined) carried.set(to, old)
  }
  const discovery = binding('system:discovery')
  return {
    ...policy,
    clusterRoles: policy.clusterRoles.map(wanted => {
      const name = wanted.metadata?.name ?? ''
      const old = carried.get(name)
      if (old === undefined) return wanted
      const { labels = {}, annotations = {} } = old.metadata ?? {}
      return { ...old, metadata: { name, labels, annotations } }
    }),
    clusterRoleBindings: policy.clusterRoleBindings.map(wanted => {
      const name = wanted.metadata?.name ?? ''
      if (name !== 'system:public-info-viewer' || discovery === undefined || binding(name) !== undefined) return wanted
      const { labels = {}, annotations = {} } = discovery.metadata ?? {}
      return { ...wanted, metadata: { name, labels, annotations }, subjects: discovery.subjects ?? [] }
    }),
  }
}

async function reconcile(rest: Rest, { entry, object: wanted }: Wanted): Promise<void> {
  const { name = '', namespace = '' } = wanted.metadata ?? {}
  const present = cachedObject(rest, entry, namespace, name)
  // made a moment ago, and not in the cache yet
  if (present === undefined || revised(present, wanted) === undefined || isProtected(present)) return
  if (isBinding(wanted) && bindsAnother(present as RoleBinding, wanted)) {
    await deleteOwn(rest, entry, name, object => bindsAnother(object as RoleBinding, wanted), namespace)
    await createOwn(rest, entry, cloneJson(wanted as Json) as KubeObject)
    return
  }
  await changeOwn(
    rest,
    entry,
    name,
    ({ object }) => (isProtected(object) ? undefined : revised(object, wanted)),
    namespace,
  )
}

const isBinding = (object: KubeObject): object is RoleBinding => 'roleRef' in object

/** What is to be stored instead; undefined: nothing. A binding of another role is no state that can be changed. */
function revised(present: KubeObject, wanted: Wanted['object']): KubeObject | undefined {
  if (!isBinding(wanted)) return reconciledRole(present as ClusterRole, wanted as ClusterRole) as KubeObject | undefined
  if (bindsAnother(present as RoleBinding, wanted)) return present
  return reconciledBinding(present as RoleBinding, wanted) as KubeObject | undefined
}
