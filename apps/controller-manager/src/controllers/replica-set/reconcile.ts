import type { KubeObject, ReplicaSetStatus } from '@kubets/api-types'
import { type Client, type EventRecorder, type Lister, type Outcome, resources } from '@kubets/client'
import type { Clock } from '@kubets/component'
import { claim } from '../../claim.ts'
import { splitKey } from '../../context.ts'
import { podsToDelete } from '../../pods/deletion-order.ts'
import type { Expectations } from '../../pods/expectations.ts'
import { orphansOf, type PodInfo } from '../../pods/pod-info.ts'
import { isActive, isTerminating, nextAvailability } from '../../pods/pod-state.ts'
import { slowStart } from '../../pods/slow-start.ts'
import { diffReplicas, isSettled, statusOf } from './diff.ts'
import { createReplica, deleteReplica, podFromTemplate } from './replicas.ts'
import type { ReplicaWorkload, WorkloadKind } from './workload.ts'

export interface ReplicaDeps<T extends ReplicaWorkload> {
  kind: WorkloadKind<T>
  client: Pick<Client, 'get' | 'create' | 'update' | 'patch' | 'delete'>
  events: EventRecorder
  expectations: Expectations
  workloads: Lister<T>
  pods: Lister<PodInfo>
  /** Pods that count when it is asked which of a node's are siblings: those of all ReplicaSets of one Deployment. */
  related(workload: T): readonly PodInfo[]
  clock: Clock
}

/** Brings the pods of one workload to the number that it asks for, and says in its status what there is. */
export async function reconcile<T extends ReplicaWorkload>(
  deps: ReplicaDeps<T>,
  key: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const { kind, client, expectations, clock, workloads, pods } = deps
  const { namespace, name } = splitKey(key)
  const workload = workloads.get({ namespace, name })
  if (workload === undefined) {
    expectations.forget(key)
    return undefined
  }
  const mayAct = expectations.satisfied(key)
  const selector = kind.selectorOf(workload)
  const { uid = '', deletionTimestamp } = workload.metadata ?? {}
  const candidates = [...pods.byIndex('controller', uid), ...pods.byIndex('controller', orphansOf(namespace))]
  const active = await claim(
    { client, owner: workload, ownerRef: kind.ref, apiVersion: kind.apiVersion, ref: resources.pods, selector, signal },
    candidates.filter(isActive),
  )
  const terminating = kind.countsTerminating
    ? candidates.filter(pod => isTerminating(pod) && pod.controller?.uid === uid && selector.matches(pod.labels))
    : undefined
  const failure = mayAct && !deletionTimestamp ? await manage(deps, key, workload, active, signal) : undefined
  const now = clock.now()
  const status = statusOf(workload, { active, terminating, failure, now })
  if (!isSettled(workload, status)) await writeStatus(deps, workload, status, signal)
  if (failure !== undefined) throw failure
  const minReadySeconds = workload.spec?.minReadySeconds ?? 0
  if (minReadySeconds > 0 && status.readyReplicas !== status.availableReplicas)
    return { requeueAfter: nextAvailability(active, minReadySeconds, now) ?? minReadySeconds * 1_000 }
  return undefined
}

/** Makes or deletes pods, after writing down what is expected to be seen of it. Returns what went wrong. */
async function manage<T extends ReplicaWorkload>(
  deps: ReplicaDeps<T>,
  key: string,
  workload: T,
  active: readonly PodInfo[],
  signal: AbortSignal,
): Promise<Error | undefined> {
  const { kind, client, events, expectations, clock } = deps
  const diff = diffReplicas(workload, active.length)
  if (diff.create > 0) {
    expectations.expectCreations(key, diff.create)
    const pod = podFromTemplate(workload.spec?.template, workload, kind.apiVersion, kind.ref.kind)
    const { succeeded, error } = await slowStart(diff.create, () =>
      createReplica(client, events, workload, pod, signal),
    )
    for (let i = succeeded; i < diff.create; i++) expectations.creationObserved(key)
    return error as Error | undefined
  }
  if (diff.delete === 0) return undefined
  const chosen = podsToDelete(active, deps.related(workload), diff.delete, clock.now())
  expectations.expectDeletions(key, chosen.map(podKey))
  const ends = await Promise.allSettled(
    chosen.map(async pod => {
      try {
        if (await deleteReplica(client, events, workload, pod, signal)) return
        expectations.deletionObserved(key, podKey(pod))
      } catch (error) {
        expectations.deletionObserved(key, podKey(pod))
        throw error
      }
    }),
  )
  return ends.find(end => end.status === 'rejected')?.reason as Error | undefined
}

/** Once more on the newest version when somebody wrote in between; after that the queue tries again. */
async function writeStatus<T extends ReplicaWorkload>(
  { kind, client }: ReplicaDeps<T>,
  workload: T,
  status: ReplicaSetStatus,
  signal: AbortSignal,
): Promise<void> {
  const { name = '', namespace = '', generation } = workload.metadata ?? {}
  // the generation that we acted on, not the one that may be stored by now
  const observed = generation === undefined ? status : { ...status, observedGeneration: generation }
  const write = (current: KubeObject) => {
    const next = { ...current, status: observed } as KubeObject
    return client.update(kind.ref, next, { subresource: 'status', signal })
  }
  try {
    await write(workload)
  } catch {
    if (signal.aborted) return
    await write(await client.get<KubeObject>(kind.ref, { namespace, name }, { signal }))
  }
}

export const podKey = ({ namespace, name }: { namespace: string; name: string }) => `${namespace}/${name}`
