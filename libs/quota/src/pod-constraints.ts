import type { Container, Pod } from '@kubets/api-types'

/** For these a container must say what it asks for where a quota limits them (upstream calls it a mistake, and keeps it). */
const required = new Map<string, (resources: Container['resources']) => string | undefined>([
  ['cpu', resources => resources?.requests?.cpu],
  ['memory', resources => resources?.requests?.memory],
  ['requests.cpu', resources => resources?.requests?.cpu],
  ['requests.memory', resources => resources?.requests?.memory],
  ['limits.cpu', resources => resources?.limits?.cpu],
  ['limits.memory', resources => resources?.limits?.memory],
])

const isPodLevel = (name: string) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')

/** What the pod's containers leave unsaid of the limited resources, in upstream's words; nothing when all is there. */
export function unspecifiedResources(pod: Pod, limited: readonly string[]): string | undefined {
  const { spec } = pod
  const whole = Object.keys({ ...spec?.resources?.requests, ...spec?.resources?.limits })
  if (whole.some(isPodLevel)) return undefined
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  const missing = [...limited].sort().flatMap(name => {
    const amountOf = required.get(name)
    if (amountOf === undefined) return []
    const silent = containers.flatMap(each => (amountOf(each.resources) === undefined ? [each.name] : []))
    return silent.length === 0 ? [] : [`${name} for: ${[...new Set(silent)].sort().join(',')}`]
  })
  return missing.length === 0 ? undefined : `must specify ${missing.join('; ')}`
}
