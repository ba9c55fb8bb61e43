import type { Node, Taint } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from '../informers/shared-informer.ts'

/** What controllers read of a node. */
export interface NodeInfo {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
}

export const nodeInformer: InformerDefinition<Node, NodeInfo> = {
  ref: resources.nodes,
  project: ({ metadata, spec }) => ({
    name: metadata?.name ?? '',
    labels: metadata?.labels ?? {},
    taints: spec?.taints ?? [],
  }),
}
