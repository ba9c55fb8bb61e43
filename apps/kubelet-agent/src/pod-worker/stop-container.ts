import type { Container, Pod } from '@kubets/api-types'
import { type ContainerStatus, isNotFound } from '@kubets/cri'
import { allContainers } from '../container-config/env.ts'
import { withContainer } from '../runtime/pod-state.ts'
import { containerReference, type WorkerParts } from './parts.ts'
import { type Hook, runHook } from './run-hook.ts'

export interface StopOptions {
  /** For the Killing event. Default `Stopping container NAME`. */
  message?: string | undefined
  /** Seconds that hook and process have together; the process gets at least two. */
  graceSeconds: number
  /** Shortens the wait: a second delete with less grace. */
  hurry?: AbortSignal
}

const minimumGrace = 2

/** preStop, SIGTERM, SIGKILL. Afterwards the state of the container is known. */
export async function stopContainer(
  parts: WorkerParts,
  pod: Pod,
  status: ContainerStatus,
  options: StopOptions,
): Promise<void> {
  const name = status.metadata?.name ?? ''
  const uid = pod.metadata?.uid ?? ''
  const container: Container | undefined = allContainers(pod).find(c => c.name === name)
  const reference = containerReference(pod, container ?? ({ name } as Container))
  parts.recorder.event(reference, 'Normal', 'Killing', options.message ?? `Stopping container ${name}`)
  let grace = options.graceSeconds
  const hook: Hook | undefined = container?.lifecycle?.preStop
  if (hook && container && grace > 0 && status.state === 'CONTAINER_RUNNING') {
    const began = parts.clock.now()
    const limit = new AbortController()
    const cancel = parts.clock.after(grace * 1_000, () => limit.abort())
    const signal = AbortSignal.any([limit.signal, parts.closing, ...(options.hurry ? [options.hurry] : [])])
    try {
      const sandbox = parts.runtime.state(uid).sandboxes[0]
      await runHook(parts, hook, {
        pod,
        container,
        containerId: status.id,
        podIp: sandbox?.network?.ip || parts.settings.nodeIp,
        timeoutMs: grace * 1_000,
        signal,
      })
    } catch (error) {
      if (!signal.aborted) {
        parts.logger.warn({ err: error, pod: pod.metadata?.name, container: name }, 'PreStopHook failed')
        parts.recorder.event(reference, 'Warning', 'FailedPreStopHook', 'PreStopHook failed')
      }
    } finally {
      cancel()
    }
    grace -= Math.floor((parts.clock.now() - began) / 1_000)
  }
  const closing = options.hurry ? AbortSignal.any([options.hurry, parts.closing]) : parts.closing
  const timeout = options.graceSeconds === 0 ? 0 : Math.max(grace, minimumGrace)
  try {
    await parts.cri.stopContainer(
      { containerId: status.id, timeout },
      { timeoutMs: (timeout + 120) * 1_000, signal: closing },
    )
  } catch (error) {
    // asked to hurry while it was waited for: the caller stops it again with less grace
    if (!isNotFound(error) && !closing.aborted) throw error
  }
  try {
    const answer = await parts.cri.containerStatus({ containerId: status.id })
    if (answer.status !== null)
      parts.runtime.update(uid, state => withContainer(state, answer.status as ContainerStatus))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
