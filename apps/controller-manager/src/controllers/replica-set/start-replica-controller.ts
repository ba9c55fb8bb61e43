import { cacheKey } from '@kubets/client'
import { type ControllerContext, controllerEvents, controllerQueue } from '../../context.ts'
import type { InformerDefinition, SharedInformer } from '../../informers/shared-informer.ts'
import { sameLabels, sameReference } from '../../owners.ts'
import { Expectations } from '../../pods/expectations.ts'
import { type PodInfo, podInformer } from '../../pods/pod-info.ts'
import { podKey, reconcile } from './reconcile.ts'
import type { ReplicaWorkload, WorkloadKind } from './workload.ts'

export interface ReplicaControllerOptions<T extends ReplicaWorkload> {
  kind: WorkloadKind<T>
  informer: InformerDefinition<T, T>
  concurrency: number
  related(workload: T, informers: { workloads: SharedInformer<T>; pods: SharedInformer<PodInfo> }): readonly PodInfo[]
}

/** Which event of a workload or a pod makes which workload be looked at. */
export function startReplicaController<T extends ReplicaWorkload>(
  context: ControllerContext,
  options: ReplicaControllerOptions<T>,
): void {
  const { kind } = options
  const { client, clock } = context
  const workloads = context.informers.of(options.informer)
  const pods = context.informers.of(podInformer)
  const expectations = new Expectations(clock)
  const events = controllerEvents(context, kind.component)
  const queue = controllerQueue(context, {
    name: kind.queueName,
    concurrency: options.concurrency,
    after: [workloads, pods],
    process(key, signal) {
      const related = (workload: T) => options.related(workload, { workloads, pods })
      const listers = { workloads: workloads.lister, pods: pods.lister }
      return reconcile({ kind, client, events, expectations, ...listers, related, clock }, key, signal)
    },
  })

  const enqueue = (workload: T) => queue.add(keyOf(workload))
  workloads.subscribe({
    added: enqueue,
    updated(workload, old) {
      // deleted and made again between two looks
      if (workload.metadata?.uid !== old.metadata?.uid) expectations.forget(keyOf(old))
      enqueue(workload)
    },
    deleted(workload) {
      expectations.forget(keyOf(workload))
      enqueue(workload)
    },
  })

  /** The workload that controls the pod, if it is of our kind and there. */
  const controllerOf = ({ namespace, controller }: PodInfo): T | undefined => {
    if (controller?.kind !== kind.ref.kind) return undefined
    const workload = workloads.lister.get({ namespace, name: controller.name })
    return workload?.metadata?.uid === controller.uid ? workload : undefined
  }
  const enqueueSelectors = (pod: PodInfo) => {
    for (const workload of workloads.lister.byIndex('namespace', pod.namespace))
      if (kind.selectorOf(workload).matches(pod.labels)) enqueue(workload)
  }
  const deleted = (pod: PodInfo) => {
    const workload = controllerOf(pod)
    if (workload === undefined) return // orphans that go are nobody's concern
    expectations.deletionObserved(keyOf(workload), podKey(pod))
    enqueue(workload)
  }
  pods.subscribe({
    added(pod) {
      // seen first when it is going already: not the one that we wait for
      if (pod.deleting) return deleted(pod)
      if (pod.controller === undefined) return enqueueSelectors(pod)
      const workload = controllerOf(pod)
      if (workload === undefined) return
      expectations.creationObserved(keyOf(workload))
      enqueue(workload)
    },
    updated(pod, old) {
      const relabelled = !sameLabels(pod.labels, old.labels)
      if (pod.deleting) {
        // a pod that is going counts as gone, however long it takes
        deleted(pod)
        if (relabelled) deleted(old)
        return
      }
      const moved = !sameReference(pod.controller, old.controller)
      if (moved) {
        const former = controllerOf(old)
        if (former !== undefined) enqueue(former)
      }
      if (pod.controller === undefined) {
        if (relabelled || moved) enqueueSelectors(pod)
        return
      }
      const workload = controllerOf(pod)
      if (workload === undefined) return
      enqueue(workload)
      const wait = workload.spec?.minReadySeconds ?? 0
      if (pod.ready && !old.ready && wait > 0) queue.addAfter(keyOf(workload), wait * 1_000)
    },
    deleted,
  })
}

function keyOf({ metadata }: ReplicaWorkload): string {
  return cacheKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' })
}
