import {
  type FieldError,
  field,
  nameIsDnsSubdomain,
  Quantity,
  semanticEqual,
  validateLegacyCidr,
} from '@kubets/apimachinery'
import type { Node } from '../../../../wire.ts'
import { isOnePerFamily } from '../../../validation/dual-stack.ts'
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

/** Rules that hold whatever part of the node is written. The path of taints is upstream's, though they stand in the spec. */
function validateAlways({ metadata, spec, status }: Node): FieldError[] {
  return [
    ...validateNodeAnnotations(metadata?.annotations),
    ...validateTaints(spec?.taints ?? [], 'metadata.taints'),
    ...validateResources(status?.capacity, 'status.capacity'),
    ...validateResources(status?.allocatable, 'status.allocatable'),
    ...validateFeatures(status?.declaredFeatures ?? []),
  ]
}

/** Rules of a whole node, which a write of its status alone does not have to keep. */
function validateWhole({ spec, status }: Node): FieldError[] {
  const errors: FieldError[] = []
  const swap = status?.nodeInfo?.swap?.capacity
  if (swap !== undefined && Number(swap) <= 0) {
    errors.push(field.invalid('metadata.nodeSwapStatus.capacity', swap, 'must be greater than zero'))
  }
  const cidrs = spec?.podCIDRs ?? []
  cidrs.forEach((cidr, index) => {
    errors.push(...validateLegacyCidr(`spec.podCIDRs[${index}]`, cidr))
  })
  if (!isOnePerFamily(cidrs)) {
    errors.push(field.invalid('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'))
  }
  return errors
}

function validateChange(node: Node, old: Node): FieldError[] {
  const errors: FieldError[] = []
  const addresses = new Set<string>()
  node.status?.addresses?.forEach((address, index) => {
    const identity = JSON.stringify([address.type, address.address])
    if (addresses.has(identity)) {
      const shown = internalForm('io.k8s.api.core.v1.NodeAddress', address)
      errors.push(field.duplicate(`status.addresses[${index}]`, shown))
    }
    addresses.add(identity)
  })
  const { podCIDRs: before, providerID, externalID = '' } = old.spec ?? {}
  if (before !== undefined && before.length > 0 && !semanticEqual(before, node.spec?.podCIDRs)) {
    errors.push(field.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  }
  if (providerID && node.spec?.providerID !== providerID) {
    errors.push(field.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  }
  if (node.spec?.configSource !== undefined) {
    errors.push(...validateConfigSource(node.spec.configSource, 'spec.configSource', false))
  }
  if (node.status?.config !== undefined) errors.push(...validateConfigStatus(node.status.config))
  if ((node.spec?.externalID ?? '') !== externalID) {
    errors.push(field.forbidden('spec.externalID', 'may not be updated'))
  }
  return errors
}

export const validateNode = (node: Node): FieldError[] => [
  ...validateBuiltinMeta(node.metadata, false, nameIsDnsSubdomain),
  ...validateAlways(node),
  ...validateWhole(node),
]

/** `onlyStatus`: the write of the status subresource. */
export const validateNodeUpdate = (node: Node, old: Node, onlyStatus: boolean): FieldError[] => [
  ...validateBuiltinMetaUpdate(node.metadata, old.metadata),
  ...validateAlways(node),
  ...(onlyStatus ? [] : validateWhole(node)),
  ...validateChange(node, old),
]
