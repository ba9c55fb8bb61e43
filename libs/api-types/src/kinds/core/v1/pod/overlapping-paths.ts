import { goQuote } from '@kubets/apimachinery'
import type { Volume } from '../../../../wire.ts'

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number]

interface Placed {
  readonly path: string
  /** What writes there, where there are several. */
  readonly source: (() => string) | undefined
}

const shown = ({ path, source }: Placed) => (source === undefined ? goQuote(path) : `${goQuote(path)} (${source()})`)
const placed = (list: readonly { path?: string }[] | undefined, source?: () => string): Placed[] =>
  (list ?? []).map(({ path = '' }) => ({ path, source }))

/** One is the other, or lies below it. */
const isBelow = (path: string, other: string) =>
  path.startsWith(other) && (path.length === other.length || path[other.length] === '/')

/** Pairs where one path is the other, or lies below it. */
function overlaps(paths: readonly Placed[]): string[] {
  const found: string[] = []
  const before: Placed[] = []
  for (const given of paths) {
    const one = given.path.endsWith('/') ? { path: given.path.replace(/\/+$/, ''), source: given.source } : given
    for (const other of before) {
      if (one.path === '' || other.path === '') continue
      if (isBelow(one.path, other.path) || isBelow(other.path, one.path))
        found.push(`${shown(one)} with ${shown(other)}`)
    }
    before.push(one)
  }
  return found
}

/** One volume writes two files to one place. */
export function overlappingPathWarnings(volumes: readonly Volume[]): string[] {
  const warnings: string[] = []
  const warn = (volume: Volume, what: () => string, paths: readonly Placed[]) => {
    if (paths.length < 2) return
    for (const text of overlaps(paths)) {
      warnings.push(`volume ${goQuote(volume.name ?? '')} (${what()}): overlapping paths: ${text}`)
    }
  }
  for (const volume of volumes) {
    const { configMap, secret, downwardAPI, projected } = volume
    if (configMap) warn(volume, () => `ConfigMap ${goQuote(configMap.name ?? '')}`, placed(configMap.items))
    if (secret) warn(volume, () => `Secret ${goQuote(secret.secretName ?? '')}`, placed(secret.items))
    if (downwardAPI) warn(volume, () => 'DownwardAPI', placed(downwardAPI.items))
    if (!projected) continue
    for (const source of projected.sources ?? []) {
      if (isEmpty(source)) {
        warnings.push(`volume ${goQuote(volume.name ?? '')} (Projected) has no sources provided`)
      }
    }
    const { sources } = projected
    if (sources && mayOverlap(sources)) warn(volume, () => 'Projected', sources.flatMap(projectedPaths))
  }
  return warnings
}

function isEmpty(source: object): boolean {
  for (const kind in source) if (source[kind as keyof typeof source] !== undefined) return false
  return true
}

/** Paths that differ in their first character, as those of a pod's own token do, have nothing in common. */
function mayOverlap(sources: readonly Projection[]): boolean {
  let begun = ''
  for (const { configMap, secret, downwardAPI, serviceAccountToken } of sources) {
    const items: readonly { path?: string }[] | undefined = configMap?.items ?? secret?.items ?? downwardAPI?.items
    const count = items ? items.length : serviceAccountToken ? 1 : 0
    for (let i = 0; i < count; i++) {
      const first = ((items ? items[i] : serviceAccountToken)?.path ?? '').charAt(0)
      if (first === '' || begun.includes(first)) return true
      begun += first
    }
  }
  return false
}

function projectedPaths({ configMap, secret, downwardAPI, serviceAccountToken }: Projection): Placed[] {
  if (configMap?.items) return placed(configMap.items, () => `ConfigMap ${goQuote(configMap.name ?? '')}`)
  if (secret?.items) return placed(secret.items, () => `Secret ${goQuote(secret.name ?? '')}`)
  if (downwardAPI?.items) return placed(downwardAPI.items, () => 'DownwardAPI')
  return serviceAccountToken ? placed([serviceAccountToken], () => 'ServiceAccountToken') : []
}
