import { type Catalogue, groupVersionPriority, type ResourceEntry } from '@kubets/api-types'

/** One group with its versions, the preferred one first, and their entries. */
export interface DiscoveredGroup {
  readonly name: string
  readonly versions: ReadonlyMap<string, readonly ResourceEntry[]>
}

/** The catalogue by groups: groups and versions in the order of upstream's priorities, entries by their name. */
export function groupsOf(catalogue: Catalogue): readonly DiscoveredGroup[] {
  const groups = new Map<string, Map<string, ResourceEntry[]>>()
  for (const entry of catalogue.entries) {
    const versions = groups.get(entry.group) ?? new Map<string, ResourceEntry[]>()
    groups.set(entry.group, versions)
    versions.set(entry.version, [...(versions.get(entry.version) ?? []), entry])
  }
  const height = (name: string) =>
    Math.max(...[...(groups.get(name)?.keys() ?? [])].map(version => groupVersionPriority(name, version).group))
  return [...groups.keys()]
    .sort((a, b) => height(b) - height(a) || (a < b ? -1 : 1))
    .map(name => ({ name, versions: ordered(name, groups.get(name) ?? new Map()) }))
}

function ordered(group: string, versions: ReadonlyMap<string, ResourceEntry[]>): DiscoveredGroup['versions'] {
  const byPriority = [...versions].sort(
    ([a], [b]) =>
      groupVersionPriority(group, b).version - groupVersionPriority(group, a).version || compareVersions(b, a),
  )
  return new Map(
    byPriority.map(([version, entries]) => [version, entries.sort((a, b) => (a.resource < b.resource ? -1 : 1))]),
  )
}

/** Kubernetes' order of versions: v2 > v1 > v2beta1 > v1beta2 > v1alpha1 > anything else, which is compared as text. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [rank(a), rank(b)]
  if (x === undefined || y === undefined) return x !== undefined ? 1 : y !== undefined ? -1 : a < b ? 1 : a > b ? -1 : 0
  for (const [i, value] of x.entries()) if (value !== y[i]) return value - (y[i] ?? 0)
  return 0
}

function rank(version: string): [stability: number, major: number, minor: number] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (match === null) return undefined
  const [, major, stability, minor] = match
  return [stability === undefined ? 2 : stability === 'beta' ? 1 : 0, Number(major), Number(minor ?? 0)]
}

/** All paths that discovery answers, for `/`. */
export function discoveryPaths(catalogue: Catalogue): string[] {
  const paths = ['/api', '/apis']
  for (const { name, versions } of groupsOf(catalogue)) {
    if (name !== '') paths.push(`/apis/${name}`)
    for (const version of versions.keys()) paths.push(name === '' ? `/api/${version}` : `/apis/${name}/${version}`)
  }
  return paths
}
