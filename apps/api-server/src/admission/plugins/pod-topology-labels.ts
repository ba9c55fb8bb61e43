import type { Binding, KubeObject, Pod } from '@kubets/api-types'
import type { WatchCache } from '@kubets/storage'
import type { AdmissionPlugin } from '../admission.ts'

const copied = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']

/** A pod that gets a node gets the node's zone and region as labels, which the downward API can show to its containers. */
export function podTopologyLabels(cache: Pick<WatchCache, 'get'>): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    mutate({ operation, entry, subresource, object }) {
      if (operation !== 'CREATE' || entry.group !== '' || entry.resource !== 'pods' || object === undefined)
        return undefined
      if (subresource === '') addLabels(object, labelsOf(cache, (object as Pod).spec?.nodeName))
      else if (subresource === 'binding' && (object as Binding).target?.kind === 'Node')
        addLabels(object, labelsOf(cache, (object as Binding).target?.name))
      return undefined
    },
  }
}

/** A node that is not known has none: pods may be bound to it all the same. */
function labelsOf(cache: Pick<WatchCache, 'get'>, node: string | undefined): [string, string][] {
  if (!node) return []
  const labels = cache.get(`/registry/minions/${node}`)?.labels ?? {}
  return copied.flatMap((key): [string, string][] => (labels[key] === undefined ? [] : [[key, labels[key]]]))
}

function addLabels(object: KubeObject, labels: readonly [string, string][]): void {
  if (labels.length === 0) return
  object.metadata ??= {}
  object.metadata.labels = { ...object.metadata.labels, ...Object.fromEntries(labels) }
}
