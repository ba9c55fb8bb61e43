import type { Container, Pod, PodSpec, PodStatus, Volume } from '../../../../wire.ts'
import { claimSpecDefaults } from '../persistent-volume-claim/defaults.ts'
import { requirementsDefaults, resourceListDefaults, roundQuantity } from '../resource/defaults.ts'
import { isHugePages, isOvercommitAllowed, isPodLevelResource } from '../resource/names.ts'
import { sharedSourceDefaults } from '../volume/defaults.ts'
import { aggregate } from './aggregate-resources.ts'
import { dropInitContainerAnnotations } from './annotations.ts'
import type { AnyContainer } from './containers.ts'
import { imageTag } from './image-name.ts'

type Probe = NonNullable<Container['livenessProbe']>
type Lifecycle = NonNullable<Container['lifecycle']>
type HttpGet = NonNullable<Probe['httpGet']>

/** 0644 */
const fileMode = 420
const tokenSeconds = 3600

/** Defaults of a pod: those of its spec, and those that only a pod itself gets. */
export function applyDefaults(pod: Pod): void {
  // upstream's spec is a struct: a pod without one gets its defaults all the same
  pod.spec ??= { containers: [] }
  const { metadata, spec, status } = pod
  dropInitContainerAnnotations(metadata)
  applyPodSpecDefaults(spec)
  for (const container of spec.containers ?? []) requestsFromLimits(container)
  for (const container of spec.initContainers ?? []) requestsFromLimits(container)
  podLimitsFromContainers(spec)
  podRequestsFromLimits(spec)
  spec.enableServiceLinks ??= true
  // Negative was legal once; it is read as the shortest.
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1
  if (spec.hostNetwork === true) {
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      for (const port of container.ports ?? []) port.hostPort ||= port.containerPort
    }
  }
  if (status !== undefined) statusDefaults(status)
}

function statusDefaults(status: PodStatus): void {
  // Two forms of the addresses. Old kubelets know only the first.
  const first = status.podIPs?.[0]?.ip
  if (status.podIP && status.podIP !== first) status.podIPs = [{ ip: status.podIP }]
  else if (first) status.podIP = first
  for (const list of [status.initContainerStatuses, status.containerStatuses, status.ephemeralContainerStatuses]) {
    for (const { allocatedResources, resources } of list ?? []) {
      resourceListDefaults(allocatedResources)
      requirementsDefaults(resources)
    }
  }
  resourceListDefaults(status.allocatedResources)
  requirementsDefaults(status.resources)
}

/** Defaults of a pod's spec, in a pod or in a template of one. */
export function applyPodSpecDefaults(spec: PodSpec): void {
  for (const volume of spec.volumes ?? []) volumeDefaults(volume)
  for (const container of spec.initContainers ?? []) containerDefaults(container)
  for (const container of spec.containers ?? []) containerDefaults(container)
  for (const container of spec.ephemeralContainers ?? []) containerDefaults(container)
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.restartPolicy ||= 'Always'
  spec.terminationGracePeriodSeconds ??= 30
  spec.securityContext ??= {}
  spec.schedulerName ||= 'default-scheduler'
  resourceListDefaults(spec.overhead)
  requirementsDefaults(spec.resources)
  // Two names of one field.
  const account = spec.serviceAccountName || spec.serviceAccount
  if (account) {
    spec.serviceAccountName = account
    spec.serviceAccount = account
  }
}

/** `Always` for the tag latest or none, else `IfNotPresent`. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  return imageTag(image) === 'latest' ? 'Always' : 'IfNotPresent'
}

function containerDefaults(container: AnyContainer): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '')
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom === undefined || valueFrom === null) continue
    if (valueFrom.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1'
    if (valueFrom.resourceFieldRef) divisorDefault(valueFrom.resourceFieldRef)
    if (valueFrom.fileKeyRef) valueFrom.fileKeyRef.optional ??= false
  }
  requirementsDefaults(container.resources)
  if (container.livenessProbe) probeDefaults(container.livenessProbe)
  if (container.readinessProbe) probeDefaults(container.readinessProbe)
  if (container.startupProbe) probeDefaults(container.startupProbe)
  if (container.lifecycle) lifecycleDefaults(container.lifecycle)
}

function divisorDefault(ref: { divisor?: string }): void {
  ref.divisor = ref.divisor === undefined ? '0' : roundQuantity(ref.divisor)
}

function httpDefaults(http: HttpGet | undefined): void {
  if (!http) return
  http.path ||= '/'
  http.scheme ||= 'HTTP'
}

function probeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  httpDefaults(probe.httpGet)
  if (probe.grpc) probe.grpc.service ??= ''
}

function lifecycleDefaults(lifecycle: Lifecycle): void {
  httpDefaults(lifecycle.postStart?.httpGet)
  httpDefaults(lifecycle.preStop?.httpGet)
}

function requestsFromLimits({ resources }: Container): void {
  if (!resources?.limits) return
  resources.requests = { ...resources.limits, ...resources.requests }
}

/** The whole pod is limited to the huge pages that its containers are limited to, where it says nothing of them itself. */
function podLimitsFromContainers(spec: PodSpec): void {
  const { resources } = spec
  if (!resources || Object.keys({ ...resources.limits, ...resources.requests }).length === 0) return
  for (const [name, value] of aggregate(spec, 'limits')) {
    if (!isHugePages(name) || resources.requests?.[name] !== undefined) continue
    resources.limits ??= {}
    resources.limits[name] ??= value.toString()
  }
}

/** The whole pod asks for what its containers ask for together; for what none asks for, it asks for its limit. */
function podRequestsFromLimits(spec: PodSpec): void {
  const { resources } = spec
  if (!resources?.limits || Object.keys(resources.limits).length === 0) return
  const requests: Record<string, string> = { ...resources.requests }
  for (const [name, value] of aggregate(spec, 'requests')) {
    if (isPodLevelResource(name) && isOvercommitAllowed(name)) requests[name] ??= value.toString()
  }
  for (const name in resources.limits) {
    if (isPodLevelResource(name)) requests[name] ??= resources.limits[name] ?? '0'
  }
  if (Object.keys(requests).length > 0) resources.requests = requests
}

function hasSource(volume: Volume): boolean {
  for (const key in volume) {
    const value = volume[key as keyof Volume]
    if (key !== 'name' && value !== undefined && value !== null) return true
  }
  return false
}

function volumeDefaults(volume: Volume): void {
  if (!hasSource(volume)) volume.emptyDir = {}
  const { emptyDir, secret, configMap, image, downwardAPI, projected, ephemeral } = volume
  if (emptyDir?.sizeLimit !== undefined) emptyDir.sizeLimit = roundQuantity(emptyDir.sizeLimit)
  if (secret) secret.defaultMode ??= fileMode
  if (configMap) configMap.defaultMode ??= fileMode
  if (image) image.pullPolicy ||= defaultPullPolicy(image.reference ?? '')
  if (downwardAPI) {
    downwardAPI.defaultMode ??= fileMode
    downwardDefaults(downwardAPI.items)
  }
  if (projected) {
    projected.defaultMode ??= fileMode
    for (const source of projected.sources ?? []) {
      if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= tokenSeconds
      downwardDefaults(source.downwardAPI?.items)
    }
  }
  if (ephemeral?.volumeClaimTemplate) {
    ephemeral.volumeClaimTemplate.spec ??= {}
    claimSpecDefaults(ephemeral.volumeClaimTemplate.spec)
  }
  sharedSourceDefaults(volume)
}

type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>

function downwardDefaults(items: DownwardItems | undefined): void {
  for (const { fieldRef, resourceFieldRef } of items ?? []) {
    if (fieldRef) fieldRef.apiVersion ||= 'v1'
    if (resourceFieldRef) divisorDefault(resourceFieldRef)
  }
}
