import type { Pod } from '@kubets/api-types'
import type { ContainerStatus } from '@kubets/cri'
import type { PodRuntimeState } from '../runtime/pod-state.ts'
import { stopSandbox } from './ensure-sandbox.ts'
import type { WorkerParts } from './parts.ts'
import { stopContainer } from './stop-container.ts'

export interface TerminateOptions {
  graceSeconds: number
  hurry: AbortSignal
  message?: string
}

const runs = ({ state }: ContainerStatus) => state === 'CONTAINER_RUNNING' || state === 'CONTAINER_UNKNOWN'

/** Stops all that runs of a pod: regular containers together, then sidecars in the reverse of their order, then the sandboxes. */
export async function terminatePod(parts: WorkerParts, pod: Pod, options: TerminateOptions): Promise<void> {
  const uid = pod.metadata?.uid ?? ''
  const began = parts.clock.now()
  const left = () => Math.max(0, options.graceSeconds - Math.floor((parts.clock.now() - began) / 1_000))
  const stop = (status: ContainerStatus, graceSeconds: number) =>
    stopContainer(parts, pod, status, { graceSeconds, hurry: options.hurry, message: options.message })
  const sidecars = (pod.spec?.initContainers ?? []).filter(c => c.restartPolicy === 'Always').map(c => c.name)
  const running = parts.runtime.state(uid).containers.filter(runs)
  await Promise.all(
    running.filter(c => !sidecars.includes(c.metadata?.name ?? '')).map(c => stop(c, options.graceSeconds)),
  )
  for (const name of sidecars.reverse())
    for (const status of running)
      if (status.metadata?.name === name && !options.hurry.aborted) await stop(status, left())
  if (options.hurry.aborted) return
  for (const sandbox of parts.runtime.state(uid).sandboxes)
    if (sandbox.state === 'SANDBOX_READY') await stopSandbox(parts, uid, sandbox.id)
}

export function anythingRuns(state: PodRuntimeState): boolean {
  return state.containers.some(runs) || state.sandboxes.some(({ state: s }) => s === 'SANDBOX_READY')
}
