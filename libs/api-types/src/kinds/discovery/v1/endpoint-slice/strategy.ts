import {
  append,
  field,
  immutable,
  ipWarnings,
  isDns1123Subdomain,
  nameIsDnsSubdomain,
  semanticEqual,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { validateBuiltinMeta } from '../../../validation/object-meta.ts'
import type { EndpointSlice } from '../../types.ts'
import { validateEndpointSlice } from './validation.ts'

const hostnameLabel = 'kubernetes.io/hostname'
const managedBy = 'endpointslice.kubernetes.io/managed-by'
/** They write addresses as they should be. */
const controllers = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io']

/** `v1` has no topology: writers cannot set it; a node name that stood in it moves to `nodeName`. */
function dropTopology(slice: EndpointSlice, old?: EndpointSlice): void {
  if (old !== undefined && semanticEqual(old.endpoints, slice.endpoints)) return
  const known = new Set(
    (old?.endpoints ?? []).flatMap(({ deprecatedTopology }) => deprecatedTopology?.[hostnameLabel] ?? []),
  )
  for (const endpoint of slice.endpoints ?? []) {
    const node = endpoint.deprecatedTopology?.[hostnameLabel]
    if (endpoint.nodeName === undefined && node !== undefined && known.has(node)) {
      if (isDns1123Subdomain(node).length === 0) endpoint.nodeName = node
    }
    delete endpoint.deprecatedTopology
  }
}

/** Everything but the metadata, and the labels, count as what is wanted. */
const counted = ({ addressType, endpoints, ports, metadata }: EndpointSlice) => ({
  addressType,
  endpoints,
  ports,
  labels: metadata?.labels,
})

export const strategy: Strategy<EndpointSlice> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(slice) {
    firstGeneration(slice)
    dropTopology(slice)
  },
  prepareForUpdate(slice, old) {
    countGeneration(slice, old, !semanticEqual(counted(slice), counted(old)))
    dropTopology(slice, old)
  },
  validate: slice => [
    ...validateBuiltinMeta(slice.metadata, true, nameIsDnsSubdomain),
    ...validateEndpointSlice(slice),
  ],
  validatesMetaUpdate: false,
  validateUpdate(slice, old) {
    const errors = [
      ...validateBuiltinMeta(slice.metadata, true, nameIsDnsSubdomain),
      ...validateEndpointSlice(slice, old),
    ]
    if (slice.addressType !== old.addressType) {
      errors.push(field.invalid('addressType', slice.addressType ?? '', immutable))
    }
    return errors
  },
  warnings(slice, old) {
    const warnings =
      old === undefined && slice.addressType === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : []
    if (controllers.includes(slice.metadata?.labels?.[managedBy] ?? '')) return warnings
    slice.endpoints?.forEach(({ addresses = [] }, i) => {
      addresses.forEach((address, j) => {
        append(warnings, ipWarnings(`endpoints[${i}].addresses[${j}]`, address))
      })
    })
    return warnings
  },
}
