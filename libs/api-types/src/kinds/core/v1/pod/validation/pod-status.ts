import {
  append,
  type FieldError,
  field,
  immutable,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  validateLegacyIp,
} from '@kubets/apimachinery'
import type { Pod, PodSpec, PodStatus } from '../../../../../wire.ts'
import { validateOnePerFamily } from '../../../../validation/dual-stack.ts'
import { internalForm } from '../../../../validation/internal-form.ts'
import { isDeletionCost } from './annotations.ts'
import { each, items } from './checks.ts'
import {
  validateAllocated,
  validateEnds,
  validateEphemeralEnds,
  validateNoAllocated,
  validateUsers,
} from './container-statuses.ts'
import { validateAnnotations } from './pod-update.ts'

const ofSystem = ['PodScheduled', 'Ready', 'Initialized']
const notNegative = 'must be a non-negative integer'

const generation = (value: number | undefined, path: string): FieldError[] =>
  value !== undefined && value < 0 ? [field.invalid(path, value, notNegative)] : []

type Addresses = readonly { ip?: string }[]

/** Addresses that the pod had already stay legal. */
function validateIps(now: Addresses = [], old: Addresses = [], path: string): FieldError[] {
  if (now.length === 0) return []
  const kept = old.map(({ ip = '' }) => ip)
  const errors = items(now, path, ({ ip = '' }, at) => validateLegacyIp(at, ip, kept))
  if (now.length === 1) return errors
  const all = now.map(({ ip = '' }) => ip)
  const shown = () => now.map(one => internalForm('io.k8s.api.core.v1.PodIP', one))
  const wording = { entry: 'IP', prefix: 'failed to check for', shown } as const
  return [...errors, ...validateOnePerFamily(all, path, wording)]
}

function validateHostIps(now: PodStatus, old: PodStatus | undefined): FieldError[] {
  const first = now.hostIPs?.[0]?.ip ?? ''
  if (!now.hostIPs?.length) return []
  const path = 'status.hostIPs'
  const errors = now.hostIP === first ? [] : [field.invalid(`${path}[0].ip`, first, 'must be equal to `hostIP`')]
  return [...errors, ...validateIps(now.hostIPs, old?.hostIPs, path)]
}

const nodeName = (name: string, path: string) => each(path, name, isDns1123Subdomain(name))

function validateNomination(status: PodStatus, old: Pod): FieldError[] {
  const { nominatedNodeName: name } = status
  const at = 'status.nominatedNodeName'
  if (!name || name === old.status?.nominatedNodeName) return []
  const errors = nodeName(name, at)
  if (!old.spec?.nodeName) return errors
  return [...errors, field.forbidden(at, 'may not be set on pods that are already bound to a node')]
}

function validateClaimStatuses({ resourceClaimStatuses: statuses }: PodStatus, spec: PodSpec): FieldError[] {
  if (!statuses?.length) return []
  const seen = new Set<string>()
  return items(statuses, 'status.resourceClaimStatuses', ({ name, resourceClaimName: made }, at) => {
    const errors: FieldError[] = []
    if (!spec.resourceClaims?.some(claim => claim.name === name)) {
      const text = 'must match the name of an entry in `spec.resourceClaims`'
      errors.push(field.invalid(`${at}.name`, name, text))
    }
    if (seen.has(name)) errors.push(field.duplicate(`${at}.name`, name))
    seen.add(name)
    if (made !== undefined) append(errors, each(`${at}.resourceClaimName`, made, isDns1123Subdomain(made)))
    return errors
  })
}

function validateExtendedClaim({ extendedResourceClaimStatus: status }: PodStatus, spec: PodSpec): FieldError[] {
  if (status === undefined) return []
  const path = 'status.extendedResourceClaimStatus'
  const { requestMappings: mappings = [], resourceClaimName: claim = '' } = status
  const containers = new Map(
    [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(container => [container.name, container]),
  )
  const at = `${path}.requestMappings`
  const errors = mappings.length > 0 ? [] : [field.required(at, 'at least one request mapping is required')]
  const seen = new Set<string>()
  mappings.forEach((mapping, index) => {
    const { containerName = '', resourceName = '', requestName = '' } = mapping
    const place = `${at}[${index}]`
    const container = containers.get(containerName)
    if (container === undefined) {
      const text = 'must match the name of an entry in spec.initContainers.name or spec.containers.name'
      errors.push(field.invalid(`${place}.containerName`, containerName, text))
    } else if (!Object.hasOwn(container.resources?.requests ?? {}, resourceName)) {
      const text =
        'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests'
      errors.push(field.invalid(`${place}.resourceName`, resourceName, text))
    }
    append(errors, each(`${path}.requestName`, requestName, isDns1123Label(requestName)))
    const key = JSON.stringify([containerName, resourceName, requestName])
    if (seen.has(key)) {
      for (const part of ['containerName', 'resourceName', 'requestName'] as const) {
        errors.push(field.duplicate(`${place}.${part}`, mapping[part] ?? ''))
      }
    }
    seen.add(key)
  })
  const atClaim = `${path}.resourceClaimName`
  return [...errors, ...(claim === '' ? [field.required(atClaim)] : each(atClaim, claim, isDns1123Subdomain(claim)))]
}

function validateConditions({ conditions }: PodStatus): FieldError[] {
  return items(conditions, 'status.conditions', ({ type = '', observedGeneration }, at) => {
    const errors = generation(observedGeneration, `${at}.observedGeneration`)
    return ofSystem.includes(type) ? errors : errors.concat(each(`${at}.Type`, type, isQualifiedName(type)))
  })
}

/** An update of a pod's status, its metadata apart. The spec is the stored one. */
export function validateStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const [now, before] = [pod.status ?? {}, old.status ?? {}]
  const spec = old.spec ?? { containers: [] }
  const [main, init, ephemeral] = [
    'status.containerStatuses',
    'status.initContainerStatuses',
    'status.ephemeralContainerStatuses',
  ] as const
  const errors: FieldError[] = []
  append(
    errors,
    validateAnnotations(pod, old, { allowInvalidDeletionCost: !isDeletionCost(old.metadata?.annotations) }),
    validateConditions(now),
    validateNomination(now, old),
    generation(now.observedGeneration, 'status.observedGeneration'),
  )
  if ((now.qosClass ?? '') !== (before.qosClass ?? '')) {
    errors.push(field.invalid('status.qosClass', now.qosClass ?? '', immutable))
  }
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = now
  if (before.containerStatuses) {
    append(errors, validateEnds(containerStatuses, before.containerStatuses, main, spec, 'containers'))
  }
  if (before.initContainerStatuses) {
    append(errors, validateEnds(initContainerStatuses, before.initContainerStatuses, init, spec, 'initContainers'))
  }
  if (before.ephemeralContainerStatuses) {
    append(errors, validateEphemeralEnds(ephemeralContainerStatuses, before.ephemeralContainerStatuses, ephemeral))
  }
  append(
    errors,
    validateClaimStatuses(now, spec),
    validateExtendedClaim(now, spec),
    validateIps(now.podIPs, before.podIPs, 'status.podIPs'),
    validateHostIps(now, before),
  )
  if (containerStatuses) append(errors, validateUsers(containerStatuses, main, spec))
  if (initContainerStatuses) append(errors, validateUsers(initContainerStatuses, init, spec))
  if (ephemeralContainerStatuses) append(errors, validateUsers(ephemeralContainerStatuses, ephemeral, spec))
  if (containerStatuses) append(errors, validateAllocated(containerStatuses, main, spec, 'containers'))
  if (initContainerStatuses) append(errors, validateAllocated(initContainerStatuses, init, spec, 'initContainers'))
  if (ephemeralContainerStatuses) append(errors, validateNoAllocated(ephemeralContainerStatuses, ephemeral))
  return errors
}
