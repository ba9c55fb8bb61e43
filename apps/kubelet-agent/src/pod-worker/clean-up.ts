import { rm } from 'node:fs/promises'
import type { Pod } from '@kubets/api-types'
import { isNotFound } from '@kubets/cri'
import { podLogDirectory } from '../container-config/sandbox-config.ts'
import { without } from '../runtime/pod-state.ts'
import { removePodDirectory } from '../volumes/pod-volumes.ts'
import type { WorkerParts } from './parts.ts'

/** What an ended pod no longer needs: its volumes and its cgroup. Containers stay for `kubectl logs`. */
export async function releaseResources(parts: WorkerParts, pod: Pod): Promise<void> {
  const uid = pod.metadata?.uid ?? ''
  parts.objects.release(uid)
  parts.prober.forgetPod(uid)
  parts.tokens.forget(uid)
  await removePodDirectory(parts.settings.rootDir, uid, parts.mounter)
  await parts.cgroups.remove(pod)
}

/** The pod is gone from the API: nothing of it stays on the node. */
export async function removePod(parts: WorkerParts, pod: Pod): Promise<void> {
  const uid = pod.metadata?.uid ?? ''
  const gone = (error: unknown) => {
    if (!isNotFound(error)) throw error
  }
  const { containers, sandboxes } = parts.runtime.state(uid)
  for (const { id } of containers) {
    await parts.cri.removeContainer({ containerId: id }).catch(gone)
    parts.runtime.update(uid, state => without(state, id))
  }
  for (const { id } of sandboxes) {
    await parts.cri.removePodSandbox({ podSandboxId: id }).catch(gone)
    parts.runtime.update(uid, state => without(state, id))
  }
  if (pod.metadata?.name) await rm(podLogDirectory(parts.settings.podLogsDir, pod), { recursive: true, force: true })
}
