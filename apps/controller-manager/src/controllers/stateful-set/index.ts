import type { StatefulSet } from '@kubets/api-types'
import { labelSelectorOf } from '@kubets/apimachinery'
import { cacheKey, resources } from '@kubets/client'
import { controllerEvents, controllerQueue, splitKey } from '../../context.ts'
import { controllerRevisionInformer } from '../../history/revisions.ts'
import { statefulSetInformer } from '../../informers/stateful-sets.ts'
import { claimInformer } from '../../informers/storage.ts'
import { sameLabels, sameReference } from '../../owners.ts'
import { type PodInfo, podInformer } from '../../pods/pod-info.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { reconcile } from './reconcile.ts'

/** Keeps numbered pods that have a name, a place in the order and claims of their own. */
export const statefulSetController: ControllerDescriptor = {
  name: 'statefulset-controller',
  alias: 'statefulset',
  account: 'statefulset-controller',
  needs: [resources.statefulSets, resources.controllerRevisions, resources.pods, resources.persistentVolumeClaims],
  start(context) {
    const { client, clock } = context
    const sets = context.informers.of(statefulSetInformer)
    const claims = context.informers.of(claimInformer)
    const revisions = context.informers.of(controllerRevisionInformer)
    const pods = context.informers.of(podInformer)
    const events = controllerEvents(context, 'statefulset-controller')
    const queue = controllerQueue(context, {
      name: 'statefulset',
      concurrency: context.configuration.concurrency.statefulSet,
      after: [sets, claims, revisions, pods],
      async process(key, signal) {
        const set = sets.lister.get(splitKey(key))
        if (set === undefined) return undefined
        const listers = { pods: pods.lister, claims: claims.lister, revisions: revisions.lister }
        return reconcile({ client, events, ...listers, clock, signal }, set)
      },
    })
    const enqueue = (set: StatefulSet) => queue.add(keyOf(set))
    const ownerOf = ({ namespace, controller }: PodInfo): StatefulSet | undefined => {
      if (controller?.kind !== 'StatefulSet') return undefined
      const set = sets.lister.get({ namespace, name: controller.name })
      return set?.metadata?.uid === controller.uid ? set : undefined
    }
    const enqueueOwner = (pod: PodInfo) => {
      const set = ownerOf(pod)
      if (set !== undefined) enqueue(set)
    }
    const enqueueSelectors = (pod: PodInfo) => {
      for (const set of sets.lister.byIndex('namespace', pod.namespace))
        if (labelSelectorOf(set.spec?.selector).matches(pod.labels)) enqueue(set)
    }
    sets.subscribe({ added: enqueue, updated: enqueue, deleted: enqueue })
    pods.subscribe({
      added(pod) {
        if (pod.controller === undefined && !pod.deleting) enqueueSelectors(pod)
        else enqueueOwner(pod)
      },
      updated(pod, old) {
        const moved = !sameReference(pod.controller, old.controller)
        if (moved) enqueueOwner(old)
        if (pod.controller === undefined) {
          if (moved || !sameLabels(pod.labels, old.labels)) enqueueSelectors(pod)
          return
        }
        const set = ownerOf(pod)
        if (set === undefined) return
        enqueue(set)
        const wait = set.spec?.minReadySeconds ?? 0
        if (pod.ready && !old.ready && wait > 0) queue.addAfter(keyOf(set), (wait + 1) * 1_000)
      },
      deleted: enqueueOwner,
    })
  },
}

function keyOf({ metadata }: StatefulSet): string {
  return cacheKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' })
}
