import { formatTime, isNotFound } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { sleep } from '@kubets/component'
import { nodeInformer } from '../../nodes/node-info.ts'
import { type PodInfo, podInformer } from '../../pods/pod-info.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { outOfServicePods, tooManyEnded, unscheduledEnding } from './garbage.ts'

/** Deletes pods that nobody else will: of nodes that are gone or out of service, that never came to a node, and ended ones where there are too many. */
export const podGarbageCollectorController: ControllerDescriptor = {
  name: 'pod-garbage-collector-controller',
  alias: 'podgc',
  account: 'pod-garbage-collector',
  needs: [resources.nodes, resources.pods],
  start(context) {
    const { client, clock, logger, informers, metrics, configuration } = context
    const nodes = informers.of(nodeInformer)
    const pods = informers.of(podInformer)
    const ended = new AbortController()
    const { signal } = ended
    /** Nodes that pods name and that we do not know, with the time from which the server is asked. */
    const missing = new Map<string, number>()

    const collecting = collectUntilEnded()
    context.undo.defer(async () => {
      ended.abort()
      await collecting
    })

    async function collectUntilEnded(): Promise<void> {
      const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
      const synced = Promise.all([nodes.synced, pods.synced])
      synced.catch(() => undefined) // the term ended before
      await Promise.race([synced, aborted])
      while (!signal.aborted) {
        await collect()
        await sleep(configuration.podGcPeriod, signal, clock)
      }
    }

    async function collect(): Promise<void> {
      const all = [...pods.lister.list()]
      const nodeOf = (name: string) => nodes.lister.get({ name })
      await deleteAll(tooManyEnded(all, configuration.terminatedPodGcThreshold), 'terminated')
      await deleteAll(outOfServicePods(all, nodeOf), 'out-of-service')
      const lost = await lostNodes(all)
      const orphans = all.filter(({ nodeName }) => lost.has(nodeName))
      await deleteAll(orphans, 'orphaned', { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' })
      await deleteAll(unscheduledEnding(all), 'unscheduled')
    }

    /** Nodes that are gone for certain. */
    async function lostNodes(all: readonly PodInfo[]): Promise<ReadonlySet<string>> {
      const now = clock.now()
      for (const { nodeName } of all)
        if (nodeName !== '' && nodes.lister.get({ name: nodeName }) === undefined && !missing.has(nodeName))
          missing.set(nodeName, now + configuration.podGcQuarantine)
      const lost = new Set<string>()
      for (const [name, due] of missing) {
        if (due > now) continue
        missing.delete(name)
        if (nodes.lister.get({ name }) !== undefined) continue
        try {
          await client.get(resources.nodes, { name }, { metadataOnly: true, signal })
        } catch (err) {
          if (isNotFound(err)) lost.add(name)
          else if (!signal.aborted) logger.error({ err, node: name }, 'Failed to ask for a node')
        }
      }
      return lost
    }

    async function deleteAll(
      chosen: readonly PodInfo[],
      reason: string,
      disruption?: { reason: string; message: string },
    ): Promise<void> {
      if (chosen.length > 0) logger.info({ pods: chosen.length, reason }, 'Deleting pods that nobody else will')
      for (const pod of chosen) {
        if (signal.aborted) return
        metrics.nodes.podForceDeleted(pod.namespace, reason)
        try {
          await failAndDelete(pod, disruption)
        } catch (err) {
          if (signal.aborted || isNotFound(err)) continue
          logger.error({ err, pod: `${pod.namespace}/${pod.name}`, reason }, 'Failed to delete a pod')
          metrics.nodes.podForceDeletionFailed(pod.namespace, reason)
        }
      }
    }

    /** A pod that had not ended has failed: no kubelet will say so any more. */
    async function failAndDelete(pod: PodInfo, disruption?: { reason: string; message: string }): Promise<void> {
      const { namespace, name, uid, phase, generation: observedGeneration } = pod
      const key = { namespace, name }
      if (phase !== 'Succeeded' && phase !== 'Failed') {
        const lastTransitionTime = formatTime(clock.now())
        const condition = {
          type: 'DisruptionTarget',
          observedGeneration,
          status: 'True',
          ...disruption,
          lastProbeTime: null,
          lastTransitionTime,
        }
        const conditions = disruption === undefined ? {} : { conditions: [condition] }
        const body = { metadata: { uid }, status: { phase: 'Failed', observedGeneration, ...conditions } }
        await client.patch(resources.pods, key, 'strategic', body, { subresource: 'status', signal })
      }
      await client.delete(resources.pods, key, { gracePeriodSeconds: 0, signal })
    }
  },
}
