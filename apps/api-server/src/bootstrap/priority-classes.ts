import { type KubeObject, systemPriorityClasses } from '@kubets/api-types'
import type { BootstrapPart } from './part.ts'

/** The two priorities of the cluster's own pods. */
export const priorityClasses: BootstrapPart = {
  objects({ rest }) {
    const entry = rest.catalogue.byResource('scheduling.k8s.io', 'v1', 'priorityclasses')
    if (entry === undefined) return []
    return systemPriorityClasses.map(({ metadata, ...fields }) => [
      entry,
      { metadata: { ...metadata }, ...fields } as KubeObject,
    ])
  },
}
