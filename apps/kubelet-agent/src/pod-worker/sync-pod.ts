import type { Container, Pod } from '@kubets/api-types'
import type { PodSandboxStatus } from '@kubets/cri'
import { ContainerConfigError } from '../container-config/errors.ts'
import { latest } from '../runtime/pod-state.ts'
import type { Waiting } from '../status/facts.ts'
import { VolumeError } from '../volumes/errors.ts'
import { type PreparedVolume, prepareVolumes } from '../volumes/pod-volumes.ts'
import type { BackOff } from './back-off.ts'
import { computeActions } from './compute-actions.ts'
import { containerHash } from './container-hash.ts'
import { ImageError } from './ensure-image.ts'
import { createSandbox } from './ensure-sandbox.ts'
import { containerReference, podReference, podTitle, type WorkerParts } from './parts.ts'
import { envSources, podIps, startContainer } from './start-container.ts'
import { stopContainer } from './stop-container.ts'
import { terminatePod } from './terminate-pod.ts'

/** What a worker remembers between two syncs of its pod. */
export interface SyncMemory {
  /** Why containers do not run, by name. */
  readonly waiting: Map<string, Waiting>
  readonly backOff: BackOff
  /** Containers that could not be made, by name: not tried again before this time, unless what they lack has changed. */
  readonly retryAt: Map<string, number>
  /** Undefined: to be made, or made again since something that they show has changed. */
  volumes: ReadonlyMap<string, PreparedVolume> | undefined
  /** Rises with every change of what volumes show: what was read before it is old when it is there. */
  volumesAsked: number
}

/** Milliseconds after which it is worth looking again; undefined: when something changes. */
export type RetryAfter = number | undefined

/** Containers that cannot be configured are tried again this often; what they wait for usually wakes the worker before. */
const configRetry = 10_000
const volumeRetry = 2_000
const startRetry = 1_000

/** One pass over a pod: volumes, what must stop, sandbox, what must start. Calls `progress` after each step that shows in its status. */
export async function syncPod(
  parts: WorkerParts,
  pod: Pod,
  memory: SyncMemory,
  signal: AbortSignal,
  progress: () => void,
): Promise<RetryAfter> {
  const uid = pod.metadata?.uid ?? ''
  const before = computeActions(pod, parts.runtime.state(uid), probeResults(parts, pod))
  let ready = memory.volumes
  if (ready === undefined) {
    try {
      const asked = memory.volumesAsked
      ready = await volumes(parts, pod)
      if (asked === memory.volumesAsked) memory.volumes = ready
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error
      parts.recorder.event(podReference(pod), 'Warning', 'FailedMount', error.message)
      // what runs goes on with what it has
      if (before.start.length > 0 && before.sandbox === undefined) return volumeRetry
      if (before.start.length > 0) return volumeRetry
    }
  }
  if (signal.aborted) return undefined
  const actions = computeActions(pod, parts.runtime.state(uid), probeResults(parts, pod))

  if (actions.killPod) {
    if (actions.start.length > 0)
      parts.recorder.event(
        podReference(pod),
        'Normal',
        'SandboxChanged',
        'Pod sandbox changed, it will be killed and re-created.',
      )
    await terminatePod(parts, pod, { graceSeconds: grace(pod), hurry: signal })
    progress()
  }
  for (const { status, message } of actions.stop) {
    await stopContainer(parts, pod, status, {
      message,
      graceSeconds: graceAfterProbe(pod, status.metadata?.name ?? '', message),
      hurry: signal,
    })
    parts.prober.forget(status.id)
    progress()
  }
  if (actions.start.length === 0 || signal.aborted) return undefined

  let sandbox: PodSandboxStatus
  if (actions.sandbox) sandbox = actions.sandbox
  else {
    sandbox = await createSandbox(parts, pod, actions.attempt)
    progress()
  }
  let retry: RetryAfter
  const soonest = (ms: number) => {
    retry = retry === undefined ? ms : Math.min(retry, ms)
  }
  const later = (name: string, ms: number) => {
    memory.retryAt.set(name, parts.clock.now() + ms)
    soonest(ms)
  }
  for (const container of actions.start) {
    if (signal.aborted) return undefined
    const held = (memory.retryAt.get(container.name) ?? 0) - parts.clock.now()
    const wait = held > 0 ? held : crashBackOff(parts, pod, container, memory)
    if (wait > 0) {
      soonest(wait)
      progress()
      continue
    }
    try {
      await startContainer(parts, container, { pod, sandbox, volumes: ready ?? new Map(), signal })
      memory.waiting.delete(container.name)
      memory.retryAt.delete(container.name)
    } catch (error) {
      if (signal.aborted) return undefined
      if (error instanceof ImageError) {
        parts.recorder.event(containerReference(pod, container), 'Warning', 'Failed', `Error: ${error.reason}`)
        memory.waiting.set(container.name, { reason: error.reason, message: error.message })
        later(container.name, error.retryAfter ?? configRetry)
      } else if (error instanceof ContainerConfigError) {
        memory.waiting.set(container.name, { reason: error.reason, message: error.message })
        // one that was made and then failed is held by its crash back-off
        const made = error.reason === 'RunContainerError' || error.reason === 'PostStartHookError'
        if (made) soonest(startRetry)
        else later(container.name, configRetry)
      } else throw error
    }
    progress()
  }
  return retry
}

function probeResults(parts: WorkerParts, pod: Pod) {
  const uid = pod.metadata?.uid ?? ''
  return {
    failed: (id: string) => parts.prober.failed(id),
    started(name: string) {
      const status = latest(parts.runtime.state(uid), name)
      const container = pod.spec?.initContainers?.find(c => c.name === name)
      return (
        status?.state === 'CONTAINER_RUNNING' && container !== undefined && parts.prober.started(status.id, container)
      )
    },
  }
}

/** Milliseconds that a container which has ended must still wait; shows it as CrashLoopBackOff. */
function crashBackOff(parts: WorkerParts, pod: Pod, container: Container, memory: SyncMemory): number {
  const last = latest(parts.runtime.state(pod.metadata?.uid ?? ''), container.name)
  if (last?.state !== 'CONTAINER_EXITED') return 0
  const key = `${container.name}/${containerHash(container)}`
  const now = parts.clock.now()
  const finished = Number(BigInt(last.finishedAt) / 1_000_000n)
  const wait = memory.backOff.remaining(key, finished, now)
  if (wait === 0) {
    memory.backOff.next(key, now)
    return 0
  }
  if (memory.waiting.get(container.name)?.reason !== 'CrashLoopBackOff')
    parts.recorder.event(
      containerReference(pod, container),
      'Warning',
      'BackOff',
      `Back-off restarting failed container ${container.name} in pod ${podTitle(pod)}`,
    )
  const seconds = memory.backOff.delay(key) / 1_000
  const delay = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
  memory.waiting.set(container.name, {
    reason: 'CrashLoopBackOff',
    message: `back-off ${delay} restarting failed container=${container.name} pod=${podTitle(pod)}`,
  })
  return wait
}

export function grace(pod: Pod): number {
  return pod.metadata?.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30
}

function graceAfterProbe(pod: Pod, name: string, message: string | undefined): number {
  const container = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].find(c => c.name === name)
  const probe = message?.includes('liveness probe')
    ? container?.livenessProbe
    : message?.includes('startup probe')
      ? container?.startupProbe
      : undefined
  return probe?.terminationGracePeriodSeconds ?? grace(pod)
}

/** Makes the pod's volumes or brings them up to date. Throws VolumeError. */
function volumes(parts: WorkerParts, pod: Pod): Promise<ReadonlyMap<string, PreparedVolume>> {
  const ips = podIps(parts.runtime.state(pod.metadata?.uid ?? '').sandboxes[0])
  const sources = {
    ...envSources(parts, pod, ips),
    token: (audience: string | undefined, seconds: number) => parts.tokens.get(pod, audience, seconds),
  }
  return prepareVolumes(pod, sources, {
    rootDir: parts.settings.rootDir,
    mounter: parts.mounter,
    now: () => parts.clock.now(),
  })
}
