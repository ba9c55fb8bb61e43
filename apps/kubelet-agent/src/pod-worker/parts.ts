import type { Container, Pod, Service } from '@kubets/api-types'
import type { Client, EventRecorder } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import type { ImageClient, RuntimeClient } from '@kubets/cri'
import type { ReferencedObjects } from '../api-objects/referenced-objects.ts'
import type { KubeletSettings } from '../options.ts'
import type { Prober } from '../probes/prober.ts'
import type { PodCgroups } from '../resources/pod-cgroups.ts'
import type { RuntimeWatch } from '../runtime/watch-runtime.ts'
import type { StatusWriter } from '../status/status-writer.ts'
import type { Mounter } from '../volumes/mounter.ts'
import type { BackOff } from './back-off.ts'
import type { ServiceAccountTokens } from './service-account-token.ts'

/** What all pod workers of a kubelet share. */
export interface WorkerParts {
  settings: KubeletSettings
  cri: RuntimeClient & ImageClient
  client: Pick<Client, 'delete'>
  tokens: ServiceAccountTokens
  runtime: RuntimeWatch
  status: StatusWriter
  prober: Prober
  objects: ReferencedObjects
  mounter: Mounter
  cgroups: PodCgroups
  /** Of images, by name and pod; containers' is each worker's own. */
  imageBackOff: BackOff
  /** The last failure of each image that a pod waits for, by pod uid and image; forgotten with the pod. */
  imageFailures: Map<string, { at: number; message: string }>
  recorder: Pick<EventRecorder, 'event'>
  /** `containerd`, `kubets-fake`. */
  runtimeName: string
  runsProcesses: boolean
  memoryCapacity: number
  /** Of this node, for resourceFieldRef. */
  allocatable(): Readonly<Record<string, string>>
  services(): Iterable<Service>
  /** Resolves when the services are known: a container started before would miss variables. */
  servicesKnown: Promise<void>
  /** Why the pod cannot be run on this node. */
  admit(pod: Pod): Promise<{ reason: string; message: string } | undefined>
  /** The kubelet is stopping: calls end, what they began is found again at the next start. */
  closing: AbortSignal
  clock: Clock
  logger: Logger
}

/** What an event about a container refers to. */
export function containerReference(pod: Pod, container: Container) {
  const spec = pod.spec
  const list = spec?.containers?.some(c => c.name === container.name)
    ? 'containers'
    : spec?.initContainers?.some(c => c.name === container.name)
      ? 'initContainers'
      : 'ephemeralContainers'
  return { ...podReference(pod), fieldPath: `spec.${list}{${container.name}}` }
}

export function podReference(pod: Pod) {
  const { name = '', namespace = 'default', uid = '', resourceVersion = '' } = pod.metadata ?? {}
  return { kind: 'Pod', apiVersion: 'v1', name, namespace, uid, resourceVersion }
}

/** `name_namespace(uid)`, as upstream's messages name a pod. */
export function podTitle(pod: Pod): string {
  return `${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})`
}
