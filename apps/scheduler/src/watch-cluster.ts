import type { Namespace, Node, Pod } from '@kubets/api-types'
import { type Informer, resources, startInformer } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import { type NodeInfo, toNodeInfo } from './cache/node-info.ts'
import { SchedulerCache } from './cache/scheduler-cache.ts'
import type { SchedulerClient } from './client.ts'
import type { ClusterEvent, NodeAspect } from './framework/cluster-event.ts'
import { type PodInfo, toPodInfo } from './pod/pod-info.ts'
import { createTemplateInterner } from './pod/pod-template.ts'
import { type Labels, toLabels } from './pod/selector.ts'
import type { SchedulingQueue } from './queue/scheduling-queue.ts'

export interface WatchClusterOptions {
  client: Pick<SchedulerClient, 'list' | 'watch'>
  queue: SchedulingQueue
  /** Pods of other schedulers are counted on their nodes, but not placed. */
  isOurs(schedulerName: string): boolean
  /** A change that may help unschedulable pods, after the cache shows it. */
  onEvent(event: ClusterEvent): void
  /** A pending pod for which an earlier scheduler has evicted others. */
  onNominated(pod: PodInfo): void
  /** A pod is gone, or has got its node. */
  onSettled(uid: string): void
  clock: Clock
  random: () => number
  logger: Logger
}

export interface WatchedCluster extends AsyncDisposable {
  readonly cache: SchedulerCache
  /** Resolves when the first lists are in the cache. */
  readonly synced: Promise<void>
  hasSynced(): boolean
}

/** Keeps the cache and the queue as the server's nodes, pods and namespaces are. */
export function watchCluster(options: WatchClusterOptions): WatchedCluster {
  const { client, queue, clock, random, logger, onEvent } = options
  const shared = { client, clock, random, logger }
  const intern = createTemplateInterner()

  const namespaces: Informer<{ name: string; labels: Labels }> = startInformer({
    ...shared,
    ref: resources.namespaces,
    project: (ns: Namespace) => ({ name: ns.metadata?.name ?? '', labels: toLabels(ns.metadata?.labels) }),
    handlers: {
      added: () => onEvent({ kind: 'NamespaceUpdate' }),
      updated: () => onEvent({ kind: 'NamespaceUpdate' }),
    },
  })
  const cache = new SchedulerCache(name => namespaces.lister.get({ name })?.labels)

  const nodes = startInformer({
    ...shared,
    ref: resources.nodes,
    project: (node: Node) => toNodeInfo(node),
    handlers: {
      added: node => onEvent({ kind: 'NodeAdd', row: cache.setNode(node) }),
      updated(node, old) {
        const row = cache.setNode(node)
        const changed = changedAspects(node, old)
        if (changed.size > 0) onEvent({ kind: 'NodeUpdate', row, changed })
      },
      deleted(node) {
        cache.removeNode(node.name)
        onEvent({ kind: 'NodeDelete' })
      },
    },
  })

  const settle = (uid: string) => {
    queue.delete(uid)
    options.onSettled(uid)
  }
  const set = (pod: PodInfo, old: PodInfo | undefined) => {
    if (pod.nodeName !== '') {
      cache.setPod(pod)
      // while our own binding is under way its end takes the pod out of the queue, and counts it
      if (queue.get(pod.uid)?.state !== 'in flight') settle(pod.uid)
      const isNew = old === undefined || old.nodeName === ''
      if (isNew || old.template !== pod.template) onEvent({ kind: isNew ? 'AssignedPodAdd' : 'AssignedPodUpdate', pod })
    } else if (pod.terminating) settle(pod.uid)
    else if (options.isOurs(pod.schedulerName) && !cache.isAssumed(pod.uid)) {
      if (old === undefined && pod.nominatedNodeName !== '') options.onNominated(pod)
      queue.add(pod)
    }
  }
  const pods = startInformer({
    ...shared,
    ref: resources.pods,
    // a pod that has ended frees its node: to us it is deleted
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
    project: (pod: Pod) => toPodInfo(pod, intern),
    handlers: {
      added: pod => set(pod, undefined),
      updated: (pod, old) => set(pod, old),
      deleted(pod) {
        const counted = cache.removePod(pod.uid)
        settle(pod.uid)
        if (counted !== undefined) onEvent({ kind: 'AssignedPodDelete', pod: counted })
      },
    },
  })

  const informers = [namespaces, nodes, pods]
  const synced = Promise.all(informers.map(informer => informer.synced)).then(() => undefined)
  synced.catch(() => undefined)
  return {
    cache,
    synced,
    hasSynced: () => informers.every(informer => informer.hasSynced()),
    async [Symbol.asyncDispose]() {
      await Promise.all(informers.map(informer => informer[Symbol.asyncDispose]()))
    },
  }
}

function changedAspects(node: NodeInfo, old: NodeInfo): ReadonlySet<NodeAspect> {
  const changed = new Set<NodeAspect>()
  if (!sameEntries(node.allocatable, old.allocatable)) changed.add('allocatable')
  if (!sameEntries(node.labels, old.labels)) changed.add('labels')
  if (JSON.stringify(node.taints) !== JSON.stringify(old.taints)) changed.add('taints')
  if (node.unschedulable !== old.unschedulable) changed.add('unschedulable')
  if (node.declaredFeatures.join() !== old.declaredFeatures.join()) changed.add('declaredFeatures')
  return changed
}

function sameEntries<V>(a: ReadonlyMap<string, V>, b: ReadonlyMap<string, V>): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) if (b.get(key) !== value) return false
  return true
}
