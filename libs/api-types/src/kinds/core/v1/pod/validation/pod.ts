import {
  append,
  type FieldError,
  field,
  inclusiveRange,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  validateLabels,
  validateLegacyIp,
} from '@kubets/apimachinery'
import type { Pod, PodSpec } from '../../../../../wire.ts'
import { visitContainers } from '../containers.ts'
import { validateAffinity } from './affinity.ts'
import { validatePodAnnotations } from './annotations.ts'
import { each, items, requiredEnum } from './checks.ts'
import { isPadded, type PodContext, validateContainers, validateImage, validateInitContainers } from './containers.ts'
import { validateDnsConfig } from './dns.ts'
import { validateEphemeralContainers } from './ephemeral-containers.ts'
import { validateHostNetwork, validateHostname, validateHostUsers } from './host.ts'
import { validateOs } from './operating-system.ts'
import { validatePodResources } from './pod-resources.ts'
import { validateProfilesMatch } from './profiles.ts'
import { validateResourceClaims } from './resource-claims.ts'
import { validateResources } from './resources.ts'
import { newPodRules, type PodRules, strictRules } from './rules.ts'
import { validatePodSecurity } from './security.ts'
import { validateTolerations } from './tolerations.ts'
import { validateSpread } from './topology-spread.ts'
import { validateVolumes } from './volumes.ts'
import { validateHostProcess } from './windows.ts'

const maxInt32 = 2147483647
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const restartPolicies = ['Always', 'OnFailure', 'Never']
const preemptionPolicies = ['PreemptLowerPriority', 'Never']

type Metadata = Pod['metadata']

function checkName(
  errors: FieldError[],
  path: string,
  name: string,
  value: string | undefined,
  check: (name: string) => string[],
): void {
  const wrong = value ? check(value) : []
  if (wrong.length > 0) append(errors, each(`${path}.${name}`, value, wrong))
}

function validateGates({ readinessGates, schedulingGates }: PodSpec, path: string): FieldError[] {
  if (!readinessGates?.length && !schedulingGates?.length) return []
  const seen = new Set<string>()
  return [
    ...items(readinessGates, `${path}.readinessGates`, ({ conditionType = '' }, at) =>
      each(`${at}.conditionType`, conditionType, isQualifiedName(conditionType)),
    ),
    ...items(schedulingGates, `${path}.schedulingGates`, ({ name = '' }, at) => {
      const errors = each(at, name, isQualifiedName(name))
      if (seen.has(name)) errors.push(field.duplicate(at, name))
      seen.add(name)
      return errors
    }),
  ]
}

/** Who the pod is and where it may be, in upstream's order. */
function validateIdentity(spec: PodSpec, path: string): FieldError[] {
  const { activeDeadlineSeconds: deadline, preemptionPolicy: preemption } = spec
  const errors: FieldError[] = []
  checkName(errors, path, 'serviceAccountName', spec.serviceAccountName, isDns1123Subdomain)
  checkName(errors, path, 'nodeName', spec.nodeName, isDns1123Subdomain)
  if (deadline !== undefined && (deadline < 1 || deadline > maxInt32)) {
    errors.push(field.invalid(`${path}.activeDeadlineSeconds`, deadline, inclusiveRange(1, maxInt32)))
  }
  checkName(errors, path, 'hostname', spec.hostname, isDns1123Label)
  checkName(errors, path, 'subdomain', spec.subdomain, isDns1123Label)
  append(errors, validateTolerations(spec.tolerations, `${path}.tolerations`))
  if (spec.hostAliases) append(errors, validateHostAliases(spec.hostAliases, `${path}.hostAliases`))
  checkName(errors, path, 'priorityClassName', spec.priorityClassName, isDns1123Subdomain)
  const { runtimeClassName: runtime } = spec
  if (runtime !== undefined) append(errors, each(`${path}.runtimeClassName`, runtime, isDns1123Subdomain(runtime)))
  if (preemption !== undefined) append(errors, requiredEnum(`${path}.preemptionPolicy`, preemption, preemptionPolicies))
  return errors
}

const validateHostAliases = (aliases: PodSpec['hostAliases'], path: string): FieldError[] =>
  items(aliases, path, ({ ip, hostnames }, at) => [
    ...validateLegacyIp(`${at}.ip`, ip ?? ''),
    ...items(hostnames, `${at}.hostnames`, (name, place) => each(place, name, isDns1123Subdomain(name))),
  ])

/** A variable from a file: the file is one that another container of the pod has written. */
function validateFileVolumes(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = []
  visitContainers(spec, path, ({ env }, at) => {
    env?.forEach(({ valueFrom }, index) => {
      if (!valueFrom?.fileKeyRef) return
      const name = valueFrom.fileKeyRef.volumeName ?? ''
      const place = `${at}.env[${index}].valueFrom.fileKeyRef.volumeName`
      const volume = spec.volumes?.findLast(one => (one.name ?? '') === name)
      if (volume === undefined) errors.push(field.notFound(place, name))
      else if (!volume.emptyDir) {
        errors.push(field.invalid(place, name, 'referenced volume must be of type emptyDir'))
      }
    })
  })
  return errors
}

/**
 * A spec in a pod or in a template of one. Defaults must have been set.
 * `rules`: what the object is, and what an older version of it had. Default: a new template.
 * `metadata`: a pod's own, since volumes are named after it.
 */
export function validatePodSpec(
  spec: PodSpec,
  path: string,
  rules: PodRules = strictRules,
  metadata?: Metadata,
): FieldError[] {
  const grace = spec.terminationGracePeriodSeconds
  const errors = grace === undefined ? [field.required(`${path}.terminationGracePeriodSeconds`)] : []
  const checked = validateVolumes(spec.volumes, `${path}.volumes`, rules, metadata?.name)
  const context: PodContext = {
    spec,
    rules,
    volumes: checked.volumes,
    claims: namesOfClaims(spec),
    hostUsers: spec.hostUsers !== false,
  }
  append(errors, checked.errors)
  append(errors, validateResourceClaims(spec.resourceClaims, `${path}.resourceClaims`, metadata?.annotations))
  append(errors, validateContainers(spec.containers ?? [], `${path}.containers`, context))
  append(errors, validateInitContainers(spec.initContainers, `${path}.initContainers`, context))
  append(errors, validateEphemeralContainers(spec.ephemeralContainers, `${path}.ephemeralContainers`, context))
  append(errors, validatePodResources(spec, `${path}.resources`, context.claims, rules))
  append(errors, validateHostNetwork(spec, path, rules))
  append(errors, requiredEnum(`${path}.restartPolicy`, spec.restartPolicy, restartPolicies))
  append(errors, requiredEnum(`${path}.dnsPolicy`, spec.dnsPolicy, dnsPolicies))
  append(errors, validateLabels(spec.nodeSelector, `${path}.nodeSelector`))
  append(errors, validatePodSecurity(spec, `${path}.securityContext`, rules))
  append(errors, validateAffinity(spec.affinity, `${path}.affinity`, rules))
  append(errors, validateDnsConfig(spec, `${path}.dnsConfig`))
  append(errors, validateGates(spec, path))
  append(errors, validateSpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`, rules))
  append(errors, validateHostProcess(spec, path))
  append(errors, validateHostUsers(spec, path, rules))
  append(errors, validateHostname(spec, `${path}.hostnameOverride`))
  append(errors, validateIdentity(spec, path))
  if (spec.overhead) append(errors, validateResources({ limits: spec.overhead }, `${path}.overhead`, undefined, rules))
  append(errors, validateOs(spec, path))
  append(errors, validateFileVolumes(spec, path))
  return errors
}

const noClaims: ReadonlySet<string> = new Set()

function namesOfClaims({ resourceClaims }: PodSpec): ReadonlySet<string> {
  if (!resourceClaims?.length) return noClaims
  const names = new Set<string>()
  for (const { name } of resourceClaims) if (name) names.add(name)
  return names
}

/** What every version of a pod must be, its metadata apart. */
export function validatePod({ metadata, spec }: Pod, rules: PodRules): FieldError[] {
  const given = spec ?? { containers: [] }
  const errors = validatePodAnnotations(metadata?.annotations, given, 'metadata.annotations', rules)
  append(errors, validatePodSpec(given, 'spec', rules, metadata))
  if (!given.serviceAccountName) {
    const text = 'must not be specified when serviceAccountName is not set'
    given.volumes?.forEach(({ projected }, index) => {
      projected?.sources?.forEach(({ serviceAccountToken: token }, place) => {
        if (token === undefined) return
        errors.push(field.forbidden(`spec.volumes[${index}].projected.sources[${place}].serviceAccountToken`, text))
      })
    })
  }
  validateImages(errors, given.containers, 'spec.containers')
  validateImages(errors, given.initContainers, 'spec.initContainers')
  return errors
}

function validateImages(errors: FieldError[], containers: PodSpec['containers'] | undefined, path: string): void {
  containers?.forEach(({ image = '' }, index) => {
    if (isPadded(image)) append(errors, validateImage(image, `${path}[${index}].image`))
  })
}

/** A new pod, its metadata apart. */
export function validateNewPod(pod: Pod): FieldError[] {
  const errors = validatePod(pod, newPodRules)
  const { metadata, spec } = pod
  if (spec === undefined) return errors
  if (spec.ephemeralContainers?.length) {
    errors.push(field.forbidden('spec.ephemeralContainers', 'cannot be set on create'))
  }
  if (spec.nodeName && spec.schedulingGates?.length) {
    errors.push(field.forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  }
  append(errors, validateProfilesMatch(metadata?.annotations, spec, 'spec'))
  return errors
}
