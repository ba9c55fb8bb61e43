import { goQuote } from '@kubets/apimachinery'
import { type PolicyRule, pathCovers } from './policy-rule.ts'

/** What of `wanted` is in none of `held`: rules of one verb, group, resource and name each, or of one verb and path. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(atoms).filter(atom => !held.some(rule => covers(rule, atom)))
}

function atoms({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): PolicyRule[] {
  const names = resourceNames.length === 0 ? [undefined] : resourceNames
  const ofResources = apiGroups.flatMap(group =>
    resources.flatMap(resource =>
      verbs.flatMap(verb =>
        names.map(name => ({
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          ...(name === undefined ? {} : { resourceNames: [name] }),
        })),
      ),
    ),
  )
  const ofPaths = nonResourceURLs.flatMap(path => verbs.map(verb => ({ verbs: [verb], nonResourceURLs: [path] })))
  return [...ofResources, ...ofPaths]
}

function covers(rule: PolicyRule, atom: PolicyRule): boolean {
  const names = rule.resourceNames ?? []
  const [name] = atom.resourceNames ?? []
  return (
    hasOrAll(rule.verbs, atom.verbs) &&
    hasOrAll(rule.apiGroups ?? [], atom.apiGroups ?? []) &&
    (atom.resources ?? []).every(resource => coversResource(rule.resources ?? [], resource)) &&
    (atom.nonResourceURLs ?? []).every(path => (rule.nonResourceURLs ?? []).some(own => pathCovers(own, path))) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  )
}

const hasOrAll = (own: readonly string[], wanted: readonly string[]) =>
  own.includes('*') || wanted.every(item => own.includes(item))

function coversResource(own: readonly string[], resource: string): boolean {
  if (own.includes('*') || own.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash !== -1 && own.includes(`*${resource.slice(slash)}`)
}

/** The atoms again as few lines as they can be told in: those of one resource share a line, with all their verbs. Sorted. */
export function described(missing: readonly PolicyRule[]): string[] {
  const compact = new Map<string, PolicyRule>()
  for (const rule of missing) {
    const { apiGroups, resources, resourceNames, nonResourceURLs, verbs } = rule
    const key = JSON.stringify([apiGroups, resources, resourceNames, nonResourceURLs])
    const present = nonResourceURLs === undefined ? compact.get(key) : undefined
    if (present !== undefined) present.verbs = [...present.verbs, ...verbs]
    else compact.set(nonResourceURLs === undefined ? key : key + JSON.stringify(verbs), { ...rule })
  }
  return [...new Set([...compact.values()].map(describe))].sort()
}

function describe(rule: PolicyRule): string {
  const parts = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const
  return `{${parts.flatMap(([name, list]) => (list?.length ? `${name}:${quoted(list)}` : [])).join(', ')}}`
}

/** A list as Go's `%q` prints it. */
export const quoted = (list: readonly string[]): string => `[${list.map(item => goQuote(item)).join(' ')}]`
