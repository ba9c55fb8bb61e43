import type { Container, Pod, PodSpec, Volume } from '../../../../wire.ts'

type Probe = NonNullable<Container['livenessProbe']>
type Lifecycle = NonNullable<Container['lifecycle']>
type HttpGet = NonNullable<Probe['httpGet']>

/** 0644 */
const fileMode = 420
const tokenSeconds = 3600

/** Defaults of a pod: those of its spec, and those that only a pod itself gets. */
export function applyDefaults(pod: Pod): void {
  const { spec } = pod
  if (spec === undefined) return
  applyPodSpecDefaults(spec)
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) requestsFromLimits(container)
  podRequestsFromLimits(spec)
  spec.enableServiceLinks ??= true
  if (spec.hostNetwork === true) {
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      for (const port of container.ports ?? []) port.hostPort ||= port.containerPort
    }
  }
  const { status } = pod
  if (status === undefined) return
  if (status.podIPs?.length) {
    if (!status.podIP && status.podIPs[0]?.ip) status.podIP = status.podIPs[0].ip
  } else if (status.podIP) status.podIPs = [{ ip: status.podIP }]
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
  // Two names of one field.
  const account = spec.serviceAccountName || spec.serviceAccount
  if (account) {
    spec.serviceAccountName = account
    spec.serviceAccount = account
  }
}

/** `Always` for the tag latest or none, else `IfNotPresent`. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent'
  const last = image.slice(image.lastIndexOf('/') + 1)
  const colon = last.indexOf(':')
  const tag = colon < 0 ? 'latest' : last.slice(colon + 1)
  return image !== '' && tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function containerDefaults(container: Container): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '')
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1'
    if (valueFrom?.resourceFieldRef) valueFrom.resourceFieldRef.divisor ??= '0'
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe !== undefined) probeDefaults(probe)
  }
  if (container.lifecycle !== undefined) lifecycleDefaults(container.lifecycle)
}

function httpDefaults(http: HttpGet | undefined): void {
  if (http === undefined) return
  http.path ||= '/'
  http.scheme ||= 'HTTP'
}

function probeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  httpDefaults(probe.httpGet)
  if (probe.grpc !== undefined) probe.grpc.service ??= ''
}

function lifecycleDefaults(lifecycle: Lifecycle): void {
  httpDefaults(lifecycle.postStart?.httpGet)
  httpDefaults(lifecycle.preStop?.httpGet)
}

function requestsFromLimits({ resources }: Container): void {
  if (resources?.limits === undefined) return
  resources.requests = { ...resources.limits, ...resources.requests }
}

/** Resources of the whole pod: what no container asks for is asked for by the limit. */
function podRequestsFromLimits(spec: PodSpec): void {
  const { resources } = spec
  if (!resources?.limits || Object.keys(resources.limits).length === 0) return
  const asked = new Set((spec.containers ?? []).flatMap(container => Object.keys(container.resources?.requests ?? {})))
  for (const [name, value] of Object.entries(resources.limits)) {
    if (asked.has(name)) continue
    resources.requests ??= {}
    resources.requests[name] ??= value
  }
}

function volumeDefaults(volume: Volume): void {
  const { name: _, ...sources } = volume
  if (Object.values(sources).every(source => source === undefined || source === null)) volume.emptyDir = {}
  if (volume.secret) volume.secret.defaultMode ??= fileMode
  if (volume.configMap) volume.configMap.defaultMode ??= fileMode
  if (volume.hostPath) volume.hostPath.type ??= ''
  if (volume.image) volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference ?? '')
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= fileMode
    downwardDefaults(volume.downwardAPI.items)
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= fileMode
    for (const source of volume.projected.sources ?? []) {
      if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= tokenSeconds
      downwardDefaults(source.downwardAPI?.items)
    }
  }
  if (volume.ephemeral?.volumeClaimTemplate) volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= 'Filesystem'
  networkVolumeDefaults(volume)
}

type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>

function downwardDefaults(items: DownwardItems | undefined): void {
  for (const { fieldRef, resourceFieldRef } of items ?? []) {
    if (fieldRef) fieldRef.apiVersion ||= 'v1'
    if (resourceFieldRef) resourceFieldRef.divisor ??= '0'
  }
}

function networkVolumeDefaults({ iscsi, rbd, azureDisk, scaleIO }: Volume): void {
  if (iscsi) iscsi.iscsiInterface ||= 'default'
  if (rbd) {
    rbd.pool ||= 'rbd'
    rbd.user ||= 'admin'
    rbd.keyring ||= '/etc/ceph/keyring'
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite'
    azureDisk.kind ??= 'Shared'
    azureDisk.fsType ??= 'ext4'
    azureDisk.readOnly ??= false
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned'
    scaleIO.fsType ||= 'xfs'
  }
}
