import {
  type FieldError,
  field,
  inclusiveRange,
  isDns1123Label,
  isDns1123Subdomain,
  isIp,
  isQualifiedName,
  validateLabels,
} from '@kubets/apimachinery'
import type { Pod, PodSpec } from '../../../../../wire.ts'
import { each, items, optionalEnum, requiredEnum } from './checks.ts'
import {
  type PodContext,
  validateContainers,
  validateEphemeralContainers,
  validateHostNetwork,
  validateHostPorts,
  validateInitContainers,
} from './containers.ts'
import { validateResources } from './resources.ts'
import { validateAffinity, validateSpread, validateTolerations } from './scheduling.ts'
import { validatePodSecurity } from './security.ts'
import { validateVolumes } from './volumes.ts'

const maxInt32 = 2147483647
const dnsPolicies = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']
const restartPolicies = ['Always', 'OnFailure', 'Never']

/** What containers are checked against. */
export function podContext(spec: PodSpec): PodContext {
  return {
    spec,
    volumes: new Map((spec.volumes ?? []).map(volume => [volume.name, volume])),
    claims: new Set((spec.resourceClaims ?? []).map(({ name }) => name)),
    names: new Set(),
  }
}

const named = (path: string, value: string | undefined, check: (name: string) => string[]): FieldError[] =>
  value ? each(path, value, check(value)) : []

function validateDns({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError[] {
  const errors = requiredEnum(`${path}.dnsPolicy`, dnsPolicy, dnsPolicies)
  const at = `${path}.dnsConfig`
  const { nameservers = [], searches = [], options } = dnsConfig ?? {}
  if (dnsPolicy === 'None') {
    if (dnsConfig === undefined) {
      errors.push(field.required(at, 'must provide `dnsConfig` when `dnsPolicy` is None'))
    } else if (nameservers.length === 0) {
      const text = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
      errors.push(field.required(`${at}.nameservers`, text))
    }
  }
  if (nameservers.length > 3) {
    errors.push(field.invalid(`${at}.nameservers`, nameservers, 'must not have more than 3 nameservers'))
  }
  errors.push(...items(nameservers, `${at}.nameservers`, (server, place) => each(place, server, isIp(server))))
  if (searches.length > 32) {
    errors.push(field.invalid(`${at}.searches`, searches, 'must not have more than 32 search paths'))
  }
  if (searches.join(' ').length > 2048) {
    const text = 'must not have more than 2048 characters (including spaces) in the search list'
    errors.push(field.invalid(`${at}.searches`, searches, text))
  }
  return errors.concat(
    items(options, `${at}.options`, ({ name }, place) => (name ? [] : [field.required(place, 'must not be empty')])),
  )
}

function validateNames(spec: PodSpec, path: string): FieldError[] {
  return [
    ...named(`${path}.serviceAccountName`, spec.serviceAccountName, isDns1123Subdomain),
    ...named(`${path}.nodeName`, spec.nodeName, isDns1123Subdomain),
    ...named(`${path}.hostname`, spec.hostname, isDns1123Label),
    ...named(`${path}.subdomain`, spec.subdomain, isDns1123Label),
    ...named(`${path}.priorityClassName`, spec.priorityClassName, isDns1123Subdomain),
    ...named(`${path}.runtimeClassName`, spec.runtimeClassName, isDns1123Subdomain),
    ...named(`${path}.schedulerName`, spec.schedulerName, isDns1123Subdomain),
  ]
}

/** A spec in a pod or in a template of one. Defaults must have been set. */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const context = podContext(spec)
  const errors = [
    ...validateVolumes(spec.volumes, `${path}.volumes`),
    ...validateContainers(spec.containers ?? [], `${path}.containers`, context),
    ...validateInitContainers(spec.initContainers, `${path}.initContainers`, context),
    ...validateEphemeralContainers(spec.ephemeralContainers, `${path}.ephemeralContainers`, context),
    ...validateHostPorts(spec.containers ?? [], `${path}.containers`),
    ...validateHostNetwork(spec, path),
    ...requiredEnum(`${path}.restartPolicy`, spec.restartPolicy, restartPolicies),
    ...validateDns(spec, path),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurity(spec.securityContext, spec, `${path}.securityContext`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateNames(spec, path),
    ...validateTolerations(spec.tolerations, `${path}.tolerations`),
    ...validateSpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...validateResources(spec.resources, `${path}.resources`),
    ...optionalEnum(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['Never', 'PreemptLowerPriority']),
    ...optionalEnum(`${path}.os.name`, spec.os?.name, ['linux', 'windows']),
    ...items(spec.readinessGates, `${path}.readinessGates`, ({ conditionType }, at) =>
      each(`${at}.conditionType`, conditionType, isQualifiedName(conditionType)),
    ),
    ...items(spec.hostAliases, `${path}.hostAliases`, ({ ip, hostnames = [] }, at) => [
      ...each(`${at}.ip`, ip, isIp(ip)),
      ...hostnames.flatMap(name => each(`${at}.hostnames`, name, isDns1123Subdomain(name))),
    ]),
    ...validateGates(spec, path),
  ]
  const deadline = spec.activeDeadlineSeconds
  if (deadline !== undefined && (deadline < 1 || deadline > maxInt32)) {
    errors.push(field.invalid(`${path}.activeDeadlineSeconds`, deadline, inclusiveRange(1, maxInt32)))
  }
  return errors
}

function validateGates(spec: PodSpec, path: string): FieldError[] {
  const seen = new Set<string>()
  return items(spec.schedulingGates, `${path}.schedulingGates`, ({ name }, at) => {
    const errors = each(at, name, isQualifiedName(name))
    if (seen.has(name)) errors.push(field.duplicate(at, name))
    seen.add(name)
    return errors
  })
}

/** A new pod, and what every later version of it must still be. */
export function validatePod(pod: Pod): FieldError[] {
  const { spec } = pod
  if (spec === undefined) return [field.required('spec.containers')]
  const errors = validatePodSpec(spec, 'spec')
  const isNew = !pod.metadata?.resourceVersion
  if (isNew && spec.ephemeralContainers?.length) {
    errors.push(field.forbidden('spec.ephemeralContainers', 'cannot be set on create'))
  }
  if (isNew && spec.nodeName && spec.schedulingGates?.length) {
    errors.push(field.forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  }
  return errors
}
