import { cidrWarnings } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Node } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { validateNode, validateNodeUpdate } from './validation.ts'

/** Both forms of the pod CIDR say the same; where they differ, the older field is the one that was meant. */
function syncPodCidrs({ spec }: Node): void {
  if (spec === undefined) return
  if (spec.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR]
  else if (spec.podCIDRs?.[0]) [spec.podCIDR] = spec.podCIDRs
}

function warnings({ spec }: Node): string[] {
  const texts: string[] = []
  if (spec?.configSource !== undefined) texts.push('spec.configSource: the feature is removed')
  if (spec?.externalID) texts.push('spec.externalID: this field is deprecated, and is unused by Kubernetes')
  return texts.concat(...(spec?.podCIDRs ?? []).map((cidr, index) => cidrWarnings(`spec.podCIDRs[${index}]`, cidr)))
}

export const strategy: Strategy<Node> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(node) {
    syncPodCidrs(node)
    delete node.spec?.configSource
    delete node.status?.config
  },
  prepareForUpdate(node, old, { subresource }) {
    if (subresource === 'status') {
      keep(node, old, 'spec')
      if (old.status?.config === undefined) delete node.status?.config
    } else {
      keep(node, old, 'status')
      if (old.spec?.configSource === undefined) delete node.spec?.configSource
    }
    syncPodCidrs(node)
  },
  validate: validateNode,
  validateUpdate: (node, old, { subresource }) => validateNodeUpdate(node, old, subresource === 'status'),
  warnings,
}
