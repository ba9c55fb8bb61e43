import type { Lease } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

/** A kubelet's heartbeat. */
export interface NodeLease {
  readonly name: string
  /** As the API writes it, to the microsecond: it can be compared as text. */
  readonly renewTime: string
}

export const nodeLeaseNamespace = 'kube-node-lease'

export const nodeLeaseInformer: InformerDefinition<Lease, NodeLease> = {
  ref: resources.leases,
  namespace: nodeLeaseNamespace,
  project: ({ metadata, spec }) => ({ name: metadata?.name ?? '', renewTime: String(spec?.renewTime ?? '') }),
}
