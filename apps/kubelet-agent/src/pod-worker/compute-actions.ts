import type { Container, Pod } from '@kubets/api-types'
import type { ContainerStatus, PodSandboxStatus } from '@kubets/cri'
import { annotation } from '../runtime/labels.ts'
import { latest, type PodRuntimeState } from '../runtime/pod-state.ts'
import { containerHash } from './container-hash.ts'

export interface StopContainer {
  status: ContainerStatus
  /** For the Killing event; absent: upstream's `Stopping container NAME`. */
  message?: string
}

/** What has to be done for a pod to become what its spec says. */
export interface PodActions {
  /** The sandbox to work in; absent: a new one is needed. */
  sandbox?: PodSandboxStatus
  /** For the new sandbox. */
  attempt: number
  /** Everything that is there goes first: the sandbox has died or changed. */
  killPod: boolean
  stop: readonly StopContainer[]
  /** In this order; the next one waits for the one before it. */
  start: readonly Container[]
}

export interface ProbeResults {
  /** The container has to be ended: its liveness or startup probe has failed. */
  failed(containerId: string): 'liveness' | 'startup' | undefined
  /** True also without a startup probe, once the container runs. */
  started(container: string): boolean
}

/** Compares spec and runtime. Pure; the reader of this function knows a pod's life. */
export function computeActions(pod: Pod, runtime: PodRuntimeState, probes: ProbeResults): PodActions {
  const spec = pod.spec
  const init = spec?.initContainers ?? []
  const regular = spec?.containers ?? []
  const ready = runtime.sandboxes.filter(({ state }) => state === 'SANDBOX_READY')
  const newest = runtime.sandboxes[0]
  const usable =
    newest?.state === 'SANDBOX_READY' &&
    ready.length === 1 &&
    (newest.linux?.namespaces?.options?.network === 'NODE') === (spec?.hostNetwork === true)
  const attempt = newest === undefined ? 0 : (newest.metadata?.attempt ?? 0) + 1

  if (!usable) {
    const mustRun = regular.filter(container => wanted(pod, latest(runtime, container.name)))
    const anyRan = regular.some(container => latest(runtime, container.name) !== undefined)
    // a pod that has run to its end needs no new sandbox
    if (mustRun.length === 0 || (spec?.restartPolicy === 'Never' && anyRan))
      return { attempt, killPod: ready.length > 0, stop: [], start: [] }
    const first = init[0]
    return { attempt, killPod: newest !== undefined, stop: [], start: first === undefined ? mustRun : [first] }
  }

  const stop: StopContainer[] = []
  const start: Container[] = []
  const initialized = regular.some(container => latest(runtime, container.name) !== undefined)

  const check = (container: Container): void => {
    const status = latest(runtime, container.name)
    if (status?.state === 'CONTAINER_RUNNING') {
      const failed = probes.failed(status.id)
      const changed = status.annotations[annotation.hash] !== containerHash(container)
      if (!failed && !changed) return
      const always = container.restartPolicy ?? spec?.restartPolicy ?? 'Always'
      stop.push({
        status,
        message: failed
          ? `Container ${container.name} failed ${failed} probe${always === 'Never' ? '' : ', will be restarted'}`
          : `Container ${container.name} definition changed, will be restarted`,
      })
      if (changed || always !== 'Never') start.push(container)
    } else if (status?.state === 'CONTAINER_UNKNOWN') {
      stop.push({ status, message: 'Container is in unknown state, try killing it before starting a new one' })
      start.push(container)
    } else if (wanted(pod, status, container)) start.push(container)
  }

  for (const container of init) {
    const status = latest(runtime, container.name)
    if (container.restartPolicy === 'Always') {
      check(container)
      if (!initialized && (start.length > 0 || stop.length > 0 || !probes.started(container.name)))
        return { sandbox: newest, attempt, killPod: false, stop, start }
      continue
    }
    if (initialized) continue
    if (status?.state === 'CONTAINER_EXITED' && status.exitCode === 0) continue
    if (
      status?.state !== 'CONTAINER_RUNNING' &&
      !(status?.state === 'CONTAINER_EXITED' && spec?.restartPolicy === 'Never')
    )
      start.push(container)
    return { sandbox: newest, attempt, killPod: false, stop, start }
  }
  for (const container of regular) check(container)
  for (const container of spec?.ephemeralContainers ?? [])
    if (latest(runtime, container.name) === undefined) start.push(container as unknown as Container)
  return { sandbox: newest, attempt, killPod: false, stop, start }
}

/** Whether a container that does not run should. One that was made but never started is made again. */
function wanted(pod: Pod, status: ContainerStatus | undefined, container?: Container): boolean {
  if (status === undefined || status.state === 'CONTAINER_CREATED' || status.state === 'CONTAINER_UNKNOWN') return true
  if (status.state === 'CONTAINER_RUNNING') return true
  const policy = container?.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always'
  return policy === 'Always' || (policy === 'OnFailure' && status.exitCode !== 0)
}
