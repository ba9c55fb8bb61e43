import {
  type FieldError,
  field,
  isCidr,
  isLabelValue,
  isQualifiedName,
  nameIsDnsSubdomain,
  Quantity,
  semanticEqual,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Node, Taint } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function validateTaints(taints: readonly Taint[], path: string): FieldError[] {
  const seen = new Set<string>()
  return taints.flatMap(({ key, value = '', effect }, index) => {
    const at = `${path}[${index}]`
    const errors = isQualifiedName(key).map(message => field.invalid(`${at}.key`, key, message))
    errors.push(...isLabelValue(value).map(message => field.invalid(`${at}.value`, value, message)))
    if (!effect) errors.push(field.required(`${at}.effect`))
    else if (!taintEffects.includes(effect)) errors.push(field.notSupported(`${at}.effect`, effect, taintEffects))
    const identity = `${key}:${effect}`
    if (seen.has(identity)) {
      const text = field.duplicate(at, { key, ...(value ? { value } : {}), effect })
      errors.push({ ...text, message: `${text.message}: taints must be unique by key and effect pair` })
    }
    seen.add(identity)
    return errors
  })
}

function validateResources(resources: Record<string, string> | undefined, path: string): FieldError[] {
  return Object.entries(resources ?? {}).flatMap(([name, value]) => {
    const at = `${path}.${name}`
    const errors = isQualifiedName(name).map(message => field.invalid(at, name, message))
    if (Quantity.parse(value).sign() < 0) errors.push(field.invalid(at, value, 'must be greater than or equal to 0'))
    return errors
  })
}

function validateNode({ spec, status }: Node): FieldError[] {
  const errors = validateTaints(spec?.taints ?? [], 'spec.taints')
  const cidrs = spec?.podCIDRs ?? []
  cidrs.forEach((cidr, i) => {
    errors.push(...isCidr(cidr).map(message => field.invalid(`spec.podCIDRs[${i}]`, cidr, message)))
  })
  if (cidrs.length > 2) {
    errors.push(field.invalid('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'))
  }
  errors.push(...validateResources(status?.capacity, 'status.capacity'))
  errors.push(...validateResources(status?.allocatable, 'status.allocatable'))
  return errors
}

/** Both forms of the pod CIDR say the same. */
function syncPodCidrs({ spec }: Node): void {
  if (spec === undefined) return
  if (spec.podCIDR && !spec.podCIDRs?.length) spec.podCIDRs = [spec.podCIDR]
  else if (!spec.podCIDR && spec.podCIDRs?.[0]) [spec.podCIDR] = spec.podCIDRs
}

function validateSpecUpdate(node: Node, old: Node): FieldError[] {
  const errors: FieldError[] = []
  const before = old.spec?.podCIDRs ?? []
  if (before.length > 0 && !semanticEqual(before, node.spec?.podCIDRs)) {
    errors.push(field.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  }
  if (old.spec?.providerID && node.spec?.providerID !== old.spec.providerID) {
    errors.push(field.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  }
  return errors
}

export const strategy: Strategy<Node> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate: syncPodCidrs,
  prepareForUpdate(node, old, { subresource }) {
    keep(node, old, subresource === 'status' ? 'spec' : 'status')
    syncPodCidrs(node)
  },
  validate: node => [...validateObjectMeta(node.metadata, false, nameIsDnsSubdomain), ...validateNode(node)],
  validateUpdate: (node, old) => [
    ...validateObjectMetaUpdate(node.metadata, old.metadata),
    ...validateNode(node),
    ...validateSpecUpdate(node, old),
  ],
}
