import type { Pod } from '@kubets/api-types'
import type { WorkerParts } from './pod-worker/parts.ts'
import { PodWorker } from './pod-worker/pod-worker.ts'
import { annotation, label } from './runtime/labels.ts'
import type { PodRuntimeState } from './runtime/pod-state.ts'
import { latest } from './runtime/pod-state.ts'

/** One worker a pod: those that the API has bound to this node, and those that only the runtime still knows. */
export interface PodManager extends AsyncDisposable {
  applied(pod: Pod): void
  removed(pod: Pod): void
  /** The API's list is complete: what the runtime has beside it is orphaned and ends. */
  synced(): void
  runtimeChanged(uid: string, state: PodRuntimeState): void
  objectsChanged(uid: string): void
  wake(uid: string): void
  /** Pods that hold resources of the node. */
  active(): Pod[]
  pods(): Pod[]
  find(namespace: string, name: string): Pod | undefined
  refreshVolumes(): void
  container(pod: Pod, name: string): string | undefined
}

export function createPodManager(parts: WorkerParts): PodManager {
  const workers = new Map<string, PodWorker>()
  let listed = false

  function start(uid: string, pod: Pod): PodWorker {
    const worker = new PodWorker(parts, pod, () => {
      if (workers.get(uid) === worker) workers.delete(uid)
    })
    workers.set(uid, worker)
    return worker
  }

  return {
    applied(pod) {
      const uid = pod.metadata?.uid ?? ''
      const worker = workers.get(uid)
      if (worker === undefined) start(uid, pod)
      else worker.update(pod)
    },
    removed(pod) {
      const worker = workers.get(pod.metadata?.uid ?? '')
      if (worker === undefined) return
      worker.update(pod)
      worker.deleted()
    },
    synced() {
      listed = true
      for (const uid of parts.runtime.uids())
        if (!workers.has(uid)) start(uid, orphan(uid, parts.runtime.state(uid))).deleted()
    },
    runtimeChanged(uid, state) {
      const worker = workers.get(uid)
      if (worker !== undefined) worker.wake()
      else if (listed && (state.sandboxes.length > 0 || state.containers.length > 0))
        start(uid, orphan(uid, state)).deleted()
    },
    objectsChanged: uid => workers.get(uid)?.objectsChanged(),
    wake: uid => workers.get(uid)?.wake(),
    active: () =>
      [...workers.values()].filter(({ stage }) => stage === 'running' || stage === 'ending').map(({ pod }) => pod),
    pods: () => [...workers.values()].map(({ pod }) => pod),
    find(namespace, name) {
      for (const { pod } of workers.values())
        if (pod.metadata?.namespace === namespace && pod.metadata.name === name && pod.metadata.uid !== undefined)
          return pod
      return undefined
    },
    refreshVolumes() {
      for (const worker of workers.values()) worker.refreshVolumes()
    },
    container: (pod, name) => latest(parts.runtime.state(pod.metadata?.uid ?? ''), name)?.id,
    async [Symbol.asyncDispose]() {
      await Promise.all([...workers.values()].map(worker => worker.stop()))
    },
  }
}

/** What labels and annotations still say of a pod that the API no longer has: enough to end it. */
function orphan(uid: string, state: PodRuntimeState): Pod {
  const labels = state.sandboxes[0]?.labels ?? state.containers[0]?.labels ?? {}
  const grace = Number(state.containers[0]?.annotations[annotation.podTerminationGracePeriod] ?? 30)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { uid, name: labels[label.podName] ?? '', namespace: labels[label.podNamespace] ?? '' },
    spec: { containers: [], terminationGracePeriodSeconds: grace },
  } as Pod
}
