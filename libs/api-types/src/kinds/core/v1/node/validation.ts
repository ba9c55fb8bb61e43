import { append, type FieldError, field, nameIsDnsSubdomain, Quantity, validateLegacyCidr } from '@kubets/apimachinery'
import type { Node } from '../../../../wire.ts'
import { validateOnePerFamily } from '../../../validation/dual-stack.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { validateQuantity } from '../resource/checks.ts'
import { validateNodeAnnotations } from './annotations.ts'
import { validateConfigSource, validateConfigStatus } from './config.ts'
import { validateTaints } from './taints.ts'

const featureName = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/
const longestName = 253

function validateFeatures(names: readonly string[]): FieldError[] {
  return names.flatMap((name, index) => {
    const at = `status.declaredFeatures[${index}]`
    const errors: FieldError[] = []
    const quoted = `invalid feature name ${JSON.stringify(name)}: must`
    if (name.length > longestName) {
      errors.push(field.invalid(at, name, `${quoted} be no more than ${longestName} characters`))
    } else if (!featureName.test(name)) {
      const rule =
        "start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"
      errors.push(field.invalid(at, name, `${quoted} ${rule}`))
    }
    const before = names[index - 1]
    if (before === name) errors.push(field.duplicate(at, name))
    else if (before !== undefined && before > name) {
      errors.push(field.invalid(at, name, 'list must be sorted alphabetically'))
    }
    return errors
  })
}

function validateResources(resources: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(resources ?? {}).flatMap(([name, value]) =>
    validateQuantity(name, Quantity.parse(value), `${path}.${name}`),
  )
}

const validateAllResources = ({ status }: Node): FieldError[] => [
  ...validateResources(status?.capacity, 'status.capacity'),
  ...validateResources(status?.allocatable, 'status.allocatable'),
]

/** The path of taints is upstream's, though they stand in the spec. */
const validateNodeTaints = ({ spec }: Node) => validateTaints(spec?.taints ?? [], 'metadata.taints')

function validateSwap({ status }: Node): FieldError[] {
  const swap = status?.nodeInfo?.swap?.capacity
  if (swap === undefined || swap === null || Number(swap) > 0) return []
  return [field.invalid('metadata.nodeSwapStatus.capacity', swap, 'must be greater than zero')]
}

function validateCidrs({ spec }: Node): FieldError[] {
  const errors: FieldError[] = []
  const cidrs = spec?.podCIDRs ?? []
  cidrs.forEach((cidr, index) => {
    append(errors, validateLegacyCidr(`spec.podCIDRs[${index}]`, cidr))
  })
  const wording = { entry: 'CIDR', prefix: 'invalid PodCIDRs. failed to check with' } as const
  return [...errors, ...validateOnePerFamily(cidrs, 'spec.podCIDRs', wording)]
}

function validateAddresses({ status }: Node): FieldError[] {
  const seen = new Set<string>()
  return (status?.addresses ?? []).flatMap((address, index) => {
    const identity = JSON.stringify([address.type, address.address])
    if (!seen.has(identity)) {
      seen.add(identity)
      return []
    }
    const shown = internalForm('io.k8s.api.core.v1.NodeAddress', address)
    return [field.duplicate(`status.addresses[${index}]`, shown)]
  })
}

/** A node's blocks are given once; each that is another then is an error of its own. */
function validateSameCidrs(now: readonly string[], old: readonly string[]): FieldError[] {
  if (old.length === 0) return []
  const changed = old.length === now.length ? old.filter((cidr, index) => cidr !== now[index]).length : 1
  const text = 'node updates may not change podCIDR except from "" to valid'
  return Array.from({ length: changed }, () => field.forbidden('spec.podCIDRs', text))
}

function validateChange(node: Node, old: Node): FieldError[] {
  const errors = [
    ...validateBuiltinMetaUpdate(node.metadata, old.metadata),
    ...validateNodeAnnotations(node.metadata?.annotations),
    ...validateAllResources(node),
    ...validateFeatures(node.status?.declaredFeatures ?? []),
    ...validateAddresses(node),
    ...validateSameCidrs(node.spec?.podCIDRs ?? [], old.spec?.podCIDRs ?? []),
  ]
  const { providerID, externalID = '' } = old.spec ?? {}
  if (providerID && node.spec?.providerID !== providerID) {
    errors.push(field.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  }
  if (node.spec?.configSource) {
    append(errors, validateConfigSource(node.spec.configSource, 'spec.configSource', false))
  }
  if (node.status?.config) append(errors, validateConfigStatus(node.status.config))
  append(errors, validateNodeTaints(node))
  if ((node.spec?.externalID ?? '') !== externalID) {
    errors.push(field.forbidden('spec.externalID', 'may not be updated'))
  }
  return errors
}

export const validateNode = (node: Node): FieldError[] => [
  ...validateBuiltinMeta(node.metadata, false, nameIsDnsSubdomain),
  ...validateNodeAnnotations(node.metadata?.annotations),
  ...validateNodeTaints(node),
  ...validateAllResources(node),
  ...validateSwap(node),
  ...validateFeatures(node.status?.declaredFeatures ?? []),
  ...validateCidrs(node),
]

/** What is wrong with the new node as such is said twice, as upstream says it; but for a write of its status alone (`onlyStatus`). */
export const validateNodeUpdate = (node: Node, old: Node, onlyStatus: boolean): FieldError[] => [
  ...(onlyStatus ? [] : validateNode(node)),
  ...validateChange(node, old),
]
