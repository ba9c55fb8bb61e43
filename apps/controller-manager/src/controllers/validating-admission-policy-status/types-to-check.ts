import type { ValidatingAdmissionPolicy } from '@kubets/api-types'

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** The kind of a resource, by its plural or singular name; undefined: the server has none. */
export type KindFor = (group: string, version: string, resource: string) => string | undefined

/** More types are not looked at for one rule. */
const mostTypes = 10

/** The kinds that a policy's rules name, sorted; a rule with a `*` for groups or versions names none. `unknown`: it named some that the server has not. */
export function typesToCheck(
  { spec }: ValidatingAdmissionPolicy,
  kindFor: KindFor,
): { readonly kinds: readonly GroupVersionKind[]; readonly unknown: boolean } {
  const found = new Map<string, GroupVersionKind>()
  let unknown = false
  const done = () => ({ kinds: [...found.values()].sort(inOrder), unknown })
  for (const rule of spec?.matchConstraints?.resourceRules ?? []) {
    let count = 0
    for (const [group, version, resource] of namedBy(rule)) {
      const kind = kindFor(group, version, resource)
      if (kind === undefined) {
        unknown = true
        continue
      }
      found.set(`${group}/${version} ${kind}`, { group, version, kind })
      count++
      if (count === mostTypes) return done()
    }
  }
  return done()
}

type Rule = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['matchConstraints']>['resourceRules']

function* namedBy(rule: NonNullable<Rule>[number]): Generator<[group: string, version: string, resource: string]> {
  const { apiGroups = [], apiVersions = [], resources = [] } = rule
  if ([...apiGroups, ...apiVersions].some(name => name.includes('*'))) return
  const plain = resources.filter(name => !/[*/]/.test(name))
  for (const group of apiGroups.toSorted())
    for (const version of apiVersions.toSorted())
      for (const resource of plain.toSorted()) yield [group, version, resource]
}

function inOrder(a: GroupVersionKind, b: GroupVersionKind): number {
  for (const part of ['group', 'version', 'kind'] as const) if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1
  return 0
}
