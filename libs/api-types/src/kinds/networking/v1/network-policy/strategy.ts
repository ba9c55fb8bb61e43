import { cidrWarnings, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateLabelSelector } from '../../../validation/label-selector.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { NetworkPolicy } from '../../types.ts'
import { type Peer, validateNetworkPolicySpec } from './validation.ts'

/** Every peer of a policy, with its path. */
function peersOf({ spec }: NetworkPolicy): { peer: Peer; path: string }[] {
  const incoming = (spec?.ingress ?? []).flatMap(({ from = [] }, i) =>
    from.map((peer, j) => ({ peer, path: `spec.ingress[${i}].from[${j}]` })),
  )
  const outgoing = (spec?.egress ?? []).flatMap(({ to = [] }, i) =>
    to.map((peer, j) => ({ peer, path: `spec.egress[${i}].to[${j}]` })),
  )
  return [...incoming, ...outgoing]
}

const sameSpec = sameMessage('io.k8s.api.networking.v1.NetworkPolicySpec')

export const strategy: Strategy<NetworkPolicy> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate: firstGeneration,
  prepareForUpdate: (policy, old) => countGeneration(policy, old, !sameSpec(policy.spec, old.spec)),
  validate: ({ metadata, spec = {} as never }) => [
    ...validateBuiltinMeta(metadata, true, nameIsDnsSubdomain),
    ...validateNetworkPolicySpec(spec, {}),
  ],
  validateUpdate({ metadata, spec = {} as never }, old) {
    const keptCidrs = peersOf(old).flatMap(({ peer: { ipBlock } }) =>
      ipBlock === undefined ? [] : [ipBlock.cidr ?? '', ...(ipBlock.except ?? [])],
    )
    const allowInvalidValues = validateLabelSelector(old.spec?.podSelector, '').length > 0
    return [
      ...validateBuiltinMetaUpdate(metadata, old.metadata),
      ...validateNetworkPolicySpec(spec, { keptCidrs, allowInvalidValues }),
    ]
  },
  warnings: policy =>
    peersOf(policy).flatMap(({ peer: { ipBlock }, path }) => {
      if (ipBlock === undefined) return []
      const at = `${path}.ipBlock`
      const except = (ipBlock.except ?? []).flatMap((text, i) => cidrWarnings(`${at}.except[${i}]`, text))
      return [...cidrWarnings(`${at}.cidr`, ipBlock.cidr ?? ''), ...except]
    }),
}
