import { groupVersionPriority, type KubeObject } from '@kubets/api-types'
import type { BootstrapPart } from './part.ts'

/** How the aggregator knows what it made itself: looked after at the start, afterwards left alone. */
const automanaged = { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' }
const ownGroup = 'apiregistration.k8s.io'

/** An APIService for every group version that this server serves itself. Their priorities order discovery. */
export const apiServices: BootstrapPart = {
  objects({ rest, served: catalogue }) {
    const entry = rest.catalogue.byResource(ownGroup, 'v1', 'apiservices')
    if (entry === undefined) return []
    const served = new Map(
      catalogue.entries
        // the aggregator does not register itself
        .filter(({ group }) => group !== ownGroup)
        .map(({ group, version }) => [`${version}.${group}`, { group, version }] as const),
    )
    return [...served].map(([name, { group, version }]) => {
      const priority = groupVersionPriority(group, version)
      const object = {
        metadata: { name, labels: { ...automanaged } },
        spec: { group, version, groupPriorityMinimum: priority.group, versionPriority: priority.version },
      }
      return [entry, object as KubeObject]
    })
  },
}
