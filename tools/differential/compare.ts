import type { Normal } from './normalize.ts'

export interface Difference {
  /** `status`, `headers.vary`, `body.spec.ports[0].name` */
  path: string
  upstream: unknown
  kubets: unknown
}

/** Where two answers differ; undefined stands for what is not there. The order of an object's members does not count. */
export function differences(upstream: Normal, kubets: Normal): Difference[] {
  const found: Difference[] = []
  walk(upstream, kubets, '', found)
  return found
}

export function walk(upstream: unknown, kubets: unknown, path: string, found: Difference[]): void {
  if (Object.is(upstream, kubets)) return
  if (Array.isArray(upstream) && Array.isArray(kubets)) {
    if (upstream.length !== kubets.length)
      found.push({ path: `${path}.length`, upstream: upstream.length, kubets: kubets.length })
    const both = Math.max(upstream.length, kubets.length)
    for (let i = 0; i < both; i++) walk(upstream[i], kubets[i], `${path}[${i}]`, found)
    return
  }
  if (isMap(upstream) && isMap(kubets)) {
    for (const key of new Set([...Object.keys(upstream), ...Object.keys(kubets)]))
      walk(own(upstream, key), own(kubets, key), path === '' ? key : `${path}.${key}`, found)
    return
  }
  found.push({ path, upstream, kubets })
}

const own = (map: Record<string, unknown>, key: string) => (Object.hasOwn(map, key) ? map[key] : undefined)

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
