import type { Pod } from '@kubets/api-types'
import { qosClass } from '../resources/qos.ts'

/** Facts of the running pod that the downward API offers beside its object. */
export interface DownwardFacts {
  nodeName: string
  hostIp: string
  podIps: readonly string[]
}

const formatMap = (map: Record<string, string> | undefined) =>
  Object.keys(map ?? {})
    .sort()
    .map(key => `${key}=${JSON.stringify(map?.[key])}`)
    .join('\n')

/** The value of `fieldRef.fieldPath`; undefined for a path that the downward API does not know. */
export function fieldPath(pod: Pod, path: string, facts: DownwardFacts): string | undefined {
  const { metadata, spec } = pod
  const subscript = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path)
  if (subscript !== null) {
    const [, which, key = ''] = subscript
    return (which === 'labels' ? metadata?.labels : metadata?.annotations)?.[key] ?? ''
  }
  switch (path) {
    case 'metadata.name':
      return metadata?.name ?? ''
    case 'metadata.namespace':
      return metadata?.namespace ?? ''
    case 'metadata.uid':
      return metadata?.uid ?? ''
    case 'metadata.labels':
      return formatMap(metadata?.labels)
    case 'metadata.annotations':
      return formatMap(metadata?.annotations)
    case 'spec.nodeName':
      return facts.nodeName
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.hostIp
    case 'status.podIP':
      return facts.podIps[0] ?? ''
    case 'status.podIPs':
      return facts.podIps.join(',')
    case 'status.qosClass':
      return qosClass(pod)
    default:
      return undefined
  }
}
