import type { Catalogue, ClusterRoleBinding, PolicyRule, RoleBinding } from '@kubets/api-types'
import type { Entry, WatchCache } from '@kubets/storage'
import type { UserInfo } from '../../handlers/request-context.ts'
import { CacheFollower, objectOf } from '../follow-cache.ts'

export type Subject = NonNullable<RoleBinding['subjects']>[number]

/** One RoleBinding, or ClusterRoleBinding when its namespace is ''. */
export interface Binding {
  readonly name: string
  readonly namespace: string
  readonly roleKind: string
  readonly roleName: string
  readonly subjects: readonly Subject[]
}

/** Who is named by bindings of one namespace, or by cluster role bindings. */
interface Named {
  readonly users: Map<string, Set<Binding>>
  readonly groups: Map<string, Set<Binding>>
}

const newNamed = (): Named => ({ users: new Map(), groups: new Map() })

/** A role as it was written; its rules are read when somebody asks first. */
interface HeldRole {
  readonly entry: Entry
  rules: readonly PolicyRule[] | undefined
}

export interface RbacIndexOptions {
  readonly cache: WatchCache
  readonly catalogue: Catalogue
  readonly signal: AbortSignal
}

/**
 * Roles by name and bindings by whom they name, in step with the watch cache. A question looks only at what names the one who asks: how many other
 * bindings there are makes no difference.
 */
export class RbacIndex {
  readonly #roles = new Map<string, HeldRole>()
  readonly #bindings = new Map<string, Binding>()
  /** '' has the cluster role bindings. */
  readonly #named = new Map<string, Named>()
  readonly #follower: CacheFollower

  constructor({ cache, catalogue, signal }: RbacIndexOptions) {
    const prefix = (resource: string) =>
      catalogue.byResource('rbac.authorization.k8s.io', 'v1', resource)?.storagePrefix ?? `/registry/${resource}/`
    // the key below the prefix is `namespace/name`, or `name` of what is cluster-wide
    const role = (at: string, key: (rest: string) => string) => ({
      prefix: at,
      put: (entry: Entry) => void this.#roles.set(key(entry.key.slice(at.length)), { entry, rules: undefined }),
      remove: (entry: Entry) => void this.#roles.delete(key(entry.key.slice(at.length))),
    })
    const binding = (at: string) => ({
      prefix: at,
      put: (entry: Entry) => this.#putBinding(entry),
      remove: (entry: Entry) => this.#removeBinding(entry.key),
    })
    this.#follower = new CacheFollower({
      cache,
      signal,
      reset: () => {
        this.#roles.clear()
        this.#bindings.clear()
        this.#named.clear()
      },
      kinds: [
        role(prefix('clusterroles'), name => `/${name}`),
        role(prefix('roles'), key => key),
        binding(prefix('clusterrolebindings')),
        binding(prefix('rolebindings')),
      ],
    })
  }

  /** Fills the index, if it is not filled: a start need not leave that to the first request. */
  ensure(): void {
    this.#follower.ensure()
  }

  /**
   * Calls `visit` with each binding that names the user: cluster-wide ones first, then those of the namespace; until it returns true. A
   * binding that names the user twice may be visited twice.
   */
  visit(user: UserInfo, namespace: string, visit: (binding: Binding) => boolean): void {
    this.#follower.ensure()
    if (visitNamed(this.#named.get(''), user, visit) || namespace === '') return
    visitNamed(this.#named.get(namespace), user, visit)
  }

  /** The rules of the role that a binding refers to; undefined when there is no such role. */
  rules(kind: string, namespace: string, name: string): readonly PolicyRule[] | undefined {
    this.#follower.ensure()
    // a Role without a namespace would be looked for under a ClusterRole's key
    if (kind === 'Role' && namespace === '') return undefined
    const held = this.#roles.get(kind === 'ClusterRole' ? `/${name}` : `${namespace}/${name}`)
    if (held === undefined) return undefined
    held.rules ??= objectOf<{ rules?: PolicyRule[] }>(held.entry).rules ?? []
    return held.rules
  }

  #putBinding(entry: Entry): void {
    this.#removeBinding(entry.key)
    const { metadata, roleRef, subjects } = objectOf<RoleBinding | ClusterRoleBinding>(entry)
    const binding: Binding = {
      name: metadata?.name ?? '',
      namespace: metadata?.namespace ?? '',
      roleKind: roleRef.kind,
      roleName: roleRef.name,
      subjects: subjects ?? [],
    }
    this.#bindings.set(entry.key, binding)
    const named = this.#named.get(binding.namespace) ?? newNamed()
    this.#named.set(binding.namespace, named)
    for (const subject of binding.subjects) {
      const place = placeOf(named, subject, binding.namespace)
      if (place === undefined) continue
      const [of, name] = place
      const set = of.get(name)
      if (set === undefined) of.set(name, new Set([binding]))
      else set.add(binding)
    }
  }

  #removeBinding(key: string): void {
    const binding = this.#bindings.get(key)
    if (binding === undefined) return
    this.#bindings.delete(key)
    const named = this.#named.get(binding.namespace)
    if (named === undefined) return
    for (const subject of binding.subjects) {
      const place = placeOf(named, subject, binding.namespace)
      if (place === undefined) continue
      const [of, name] = place
      const set = of.get(name)
      set?.delete(binding)
      if (set?.size === 0) of.delete(name)
    }
    if (named.users.size === 0 && named.groups.size === 0) this.#named.delete(binding.namespace)
  }
}

function visitNamed(named: Named | undefined, user: UserInfo, visit: (binding: Binding) => boolean): boolean {
  if (named === undefined) return false
  if (visitAll(named.users.get(user.name), visit)) return true
  for (const group of user.groups) if (visitAll(named.groups.get(group), visit)) return true
  return false
}

function visitAll(bindings: Set<Binding> | undefined, visit: (binding: Binding) => boolean): boolean {
  if (bindings === undefined) return false
  for (const binding of bindings) if (visit(binding)) return true
  return false
}

/** Under which name a subject stands; undefined for one that can be nobody. */
function placeOf(
  named: Named,
  subject: Subject,
  namespace: string,
): [of: Map<string, Set<Binding>>, name: string] | undefined {
  if (subject.kind === 'Group') return [named.groups, subject.name]
  const user = userOf(subject, namespace)
  return user === undefined ? undefined : [named.users, user]
}

/** The user that a subject names. A service account without a namespace is one of the binding's own. */
function userOf({ kind, name, namespace: own = '' }: Subject, namespace: string): string | undefined {
  if (kind === 'User') return name
  const of = own || namespace
  return kind === 'ServiceAccount' && of !== '' ? `system:serviceaccount:${of}:${name}` : undefined
}

/** The first subject of the binding that is the user. */
export function subjectOf({ subjects, namespace }: Binding, user: UserInfo): Subject | undefined {
  return subjects.find(subject =>
    subject.kind === 'Group' ? user.groups.includes(subject.name) : userOf(subject, namespace) === user.name,
  )
}
