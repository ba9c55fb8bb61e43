import type { DaemonSet } from '@kubets/api-types'
import { labelSelectorOf, semanticEqual } from '@kubets/apimachinery'
import { cacheKey, resources } from '@kubets/client'
import { controllerEvents, controllerQueue, splitKey } from '../../context.ts'
import { controllerRevisionInformer } from '../../history/revisions.ts'
import type { InformerDefinition } from '../../informers/shared-informer.ts'
import { type NodeInfo, nodeInformer } from '../../nodes/node-info.ts'
import { controllerOf, sameLabels, sameReference } from '../../owners.ts'
import { Expectations } from '../../pods/expectations.ts'
import { type PodInfo, podInformer } from '../../pods/pod-info.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { podKey } from '../replica-set/reconcile.ts'
import { FailedPodBackOff } from './failed-pods.ts'
import { shouldRun } from './placement.ts'
import { reconcile } from './reconcile.ts'

const daemonSetInformer: InformerDefinition<DaemonSet, DaemonSet> = {
  ref: resources.daemonSets,
  project: object => ({ ...object, apiVersion: 'apps/v1', kind: 'DaemonSet' }),
  indexes: { namespace: object => object.metadata?.namespace ?? '' },
}

/** Keeps one pod of each DaemonSet on every node that should have one. */
export const daemonSetController: ControllerDescriptor = {
  name: 'daemonset-controller',
  alias: 'daemonset',
  account: 'daemon-set-controller',
  needs: [resources.daemonSets, resources.controllerRevisions, resources.pods, resources.nodes],
  start(context) {
    const { client, clock } = context
    const daemonSets = context.informers.of(daemonSetInformer)
    const revisions = context.informers.of(controllerRevisionInformer)
    const pods = context.informers.of(podInformer)
    const nodes = context.informers.of(nodeInformer)
    const events = controllerEvents(context, 'daemonset-controller')
    const expectations = new Expectations(clock)
    const backOff = new FailedPodBackOff(clock)
    const queue = controllerQueue(context, {
      name: 'daemonset',
      concurrency: context.configuration.concurrency.daemonSet,
      after: [daemonSets, revisions, pods, nodes],
      async process(key, signal) {
        const daemonSet = daemonSets.lister.get(splitKey(key))
        if (daemonSet === undefined) {
          expectations.forget(key)
          return undefined
        }
        const listers = { pods: pods.lister, nodes: nodes.lister, revisions: revisions.lister }
        return reconcile({ client, events, expectations, backOff, ...listers, clock, signal }, key, daemonSet)
      },
    })

    const enqueue = (daemonSet: DaemonSet) => queue.add(keyOf(daemonSet))
    daemonSets.subscribe({
      added: enqueue,
      updated(daemonSet, old) {
        if (daemonSet.metadata?.uid !== old.metadata?.uid) expectations.forget(keyOf(old))
        enqueue(daemonSet)
      },
      deleted(daemonSet) {
        expectations.forget(keyOf(daemonSet))
        enqueue(daemonSet)
      },
    })

    const ownerOf = (namespace: string, owner: PodInfo['controller']): DaemonSet | undefined => {
      if (owner?.kind !== 'DaemonSet') return undefined
      const daemonSet = daemonSets.lister.get({ namespace, name: owner.name })
      return daemonSet?.metadata?.uid === owner.uid ? daemonSet : undefined
    }
    const enqueueSelectors = (namespace: string, labels: Readonly<Record<string, string>>) => {
      for (const daemonSet of daemonSets.lister.byIndex('namespace', namespace))
        if (labelSelectorOf(daemonSet.spec?.selector).matches(labels)) enqueue(daemonSet)
    }
    const deleted = (pod: PodInfo) => {
      const daemonSet = ownerOf(pod.namespace, pod.controller)
      if (daemonSet === undefined) return
      expectations.deletionObserved(keyOf(daemonSet), podKey(pod))
      enqueue(daemonSet)
    }
    pods.subscribe({
      added(pod) {
        if (pod.deleting) return deleted(pod)
        if (pod.controller === undefined) return enqueueSelectors(pod.namespace, pod.labels)
        const daemonSet = ownerOf(pod.namespace, pod.controller)
        if (daemonSet === undefined) return
        expectations.creationObserved(keyOf(daemonSet))
        enqueue(daemonSet)
      },
      updated(pod, old) {
        if (pod.deleting) return deleted(pod)
        const moved = !sameReference(pod.controller, old.controller)
        const former = moved ? ownerOf(old.namespace, old.controller) : undefined
        if (former !== undefined) enqueue(former)
        if (pod.controller === undefined) {
          if (moved || !sameLabels(pod.labels, old.labels)) enqueueSelectors(pod.namespace, pod.labels)
          return
        }
        const daemonSet = ownerOf(pod.namespace, pod.controller)
        if (daemonSet === undefined) return
        enqueue(daemonSet)
        const wait = daemonSet.spec?.minReadySeconds ?? 0
        // one second more, as upstream: the kubelet's clock and ours may differ by that much
        if (pod.ready && !old.ready && wait > 0) queue.addAfter(keyOf(daemonSet), (wait + 1) * 1_000)
      },
      deleted,
    })
    revisions.subscribe({
      added(revision) {
        const { namespace = '', labels = {} } = revision.metadata ?? {}
        const owner = controllerOf(revision)
        if (owner === undefined) enqueueSelectors(namespace, labels)
        else {
          const daemonSet = ownerOf(namespace, owner)
          if (daemonSet !== undefined) enqueue(daemonSet)
        }
      },
      deleted(revision) {
        const daemonSet = ownerOf(revision.metadata?.namespace ?? '', controllerOf(revision))
        if (daemonSet !== undefined) enqueue(daemonSet)
      },
    })

    /** The DaemonSets whose daemon on this node is missing, or may not stay. */
    const lookAtNode = (node: NodeInfo) => {
      if (!daemonSets.hasSynced()) return // all will be looked at anyway
      for (const daemonSet of daemonSets.lister.list()) {
        const { run, stay } = shouldRun(daemonSet, node)
        const scheduled = pods.lister
          .byIndex('controller', daemonSet.metadata?.uid ?? '')
          .some(({ nodeName }) => nodeName === node.name)
        const misplaced = scheduled && (daemonSet.status?.numberMisscheduled ?? 0) > 0
        if ((run && !scheduled) || (!stay && scheduled) || misplaced) enqueue(daemonSet)
      }
    }
    nodes.subscribe({
      added: lookAtNode,
      updated(node, old) {
        if (!sameLabels(node.labels, old.labels) || !semanticEqual(node.taints, old.taints)) lookAtNode(node)
      },
    })
  },
}

function keyOf({ metadata }: DaemonSet): string {
  return cacheKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' })
}
