import type { Node, Taint } from '@kubets/api-types'
import { taggedImage } from '../pod/pod-template.ts'
import { quantityIn } from '../pod/quantity.ts'
import { type Labels, toLabels } from '../pod/selector.ts'

/** One node as the scheduler keeps it. */
export interface NodeInfo {
  readonly name: string
  readonly resourceVersion: string
  readonly labels: Labels
  readonly taints: readonly Taint[]
  readonly unschedulable: boolean
  /** What its kubelet says that it can do. */
  readonly declaredFeatures: readonly string[]
  /** CPU in thousandths, the rest in bytes or pieces; `pods` among them. */
  readonly allocatable: ReadonlyMap<string, number>
  /** Bytes by image name. */
  readonly images: ReadonlyMap<string, number>
  /** `region:zone` from the topology labels, for an even order of nodes. */
  readonly zone: string
}

export function toNodeInfo(node: Node): NodeInfo {
  const labels = toLabels(node.metadata?.labels)
  const images = new Map<string, number>()
  for (const image of node.status?.images ?? [])
    for (const name of image.names ?? []) images.set(taggedImage(name), image.sizeBytes ?? 0)
  const region = labels.get('topology.kubernetes.io/region') ?? labels.get('failure-domain.beta.kubernetes.io/region')
  const zone = labels.get('topology.kubernetes.io/zone') ?? labels.get('failure-domain.beta.kubernetes.io/zone')
  return {
    name: node.metadata?.name ?? '',
    resourceVersion: node.metadata?.resourceVersion ?? '',
    labels,
    taints: node.spec?.taints ?? [],
    unschedulable: node.spec?.unschedulable ?? false,
    declaredFeatures: node.status?.declaredFeatures ?? [],
    allocatable: new Map(
      Object.entries(node.status?.allocatable ?? {}).map(
        ([name, text]) => [name, quantityIn(text, name === 'cpu' ? 0.001 : 1)] as const,
      ),
    ),
    images,
    zone: region === undefined && zone === undefined ? '' : `${region ?? ''}:${zone ?? ''}`,
  }
}
