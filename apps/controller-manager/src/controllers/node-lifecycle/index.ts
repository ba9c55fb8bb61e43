import { isNotFound } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { sleep } from '@kubets/component'
import { controllerEvents, controllerQueue, splitKey } from '../../context.ts'
import { nodeLeaseInformer } from '../../informers/node-leases.ts'
import { type NodeInfo, nodeInformer, readyCondition } from '../../nodes/node-info.ts'
import { type TaintChange, writeTaints } from '../../nodes/taints.ts'
import { type PodInfo, podInformer } from '../../pods/pod-info.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { podKey } from '../replica-set/reconcile.ts'
import { conditionTaints, evictionTaints } from './condition-taints.ts'
import { markNotReady } from './mark-not-ready.ts'
import { NodeMonitor } from './monitor.ts'
import { reconciledLabels } from './reconciled-labels.ts'

/** What a node's conditions ask for now. One that is ready keeps no pods away any more: upstream notices within five seconds. */
function taintChange(node: NodeInfo): TaintChange {
  const { add, remove } = conditionTaints(node)
  const ready = readyCondition(node)?.status === 'True'
  return { add, remove: ready ? [...remove, ...evictionTaints('True').remove] : remove }
}

const nodeWorkers = 8
const podWorkers = 4

/**
 * Says which nodes can take pods: their conditions become NoSchedule taints at once, what is not heard of for too long becomes unreachable, and
 * pods leave nodes that stay so, a few nodes at a time.
 */
export const nodeLifecycleController: ControllerDescriptor = {
  name: 'node-lifecycle-controller',
  alias: 'nodelifecycle',
  account: 'node-controller',
  needs: [resources.nodes, resources.pods, resources.leases],
  start(context) {
    const { client, clock, logger, informers, metrics, configuration } = context
    const nodes = informers.of(nodeInformer)
    const pods = informers.of(podInformer)
    const leases = informers.of(nodeLeaseInformer)
    const events = controllerEvents(context, 'node-controller')
    const ended = new AbortController()
    const { signal } = ended

    const taints = controllerQueue(context, {
      name: 'node_lifecycle_controller',
      concurrency: nodeWorkers,
      after: [nodes],
      async process(name, signal) {
        const node = nodes.lister.get({ name })
        if (node === undefined) return undefined
        try {
          await writeTaints({ client, clock, signal }, node, taintChange(node))
          const labels = reconciledLabels(node.labels)
          if (labels !== undefined)
            await client.patch(resources.nodes, { name }, 'strategic', { metadata: { labels } }, { signal })
        } catch (error) {
          if (!isNotFound(error)) throw error
        }
        return undefined
      },
    })
    nodes.subscribe({ added: ({ name }) => taints.add(name), updated: ({ name }) => taints.add(name) })

    // the account is made and its token is there before the first node comes: its taint goes with one request
    client.list(resources.nodes, { limit: 1, metadataOnly: true, signal }).catch(() => undefined)

    let monitor: NodeMonitor | undefined
    const late = controllerQueue(context, {
      name: 'node_lifecycle_controller_pods',
      concurrency: podWorkers,
      after: [nodes, pods],
      async process(key, signal) {
        const pod = pods.lister.get(splitKey(key))
        if (pod !== undefined && isLate(pod)) await markNotReady({ client, events, clock, signal }, [pod])
        return undefined
      },
    })
    /** Whoever looked at the node did not see this pod there yet. */
    const isLate = ({ ready, nodeName }: PodInfo) =>
      ready &&
      (monitor?.readyStatus(nodeName) ?? 'True') !== 'True' &&
      nodes.lister.get({ name: nodeName }) !== undefined
    pods.subscribe({
      added: pod => isLate(pod) && late.add(podKey(pod)),
      updated: (pod, old) => pod.nodeName !== old.nodeName && isLate(pod) && late.add(podKey(pod)),
    })

    const watching = watch()
    context.undo.defer(async () => {
      ended.abort()
      await watching
    })

    async function watch(): Promise<void> {
      const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
      const synced = Promise.all([nodes.synced, pods.synced, leases.synced])
      synced.catch(() => undefined) // the term ended before
      await Promise.race([synced, aborted])
      if (signal.aborted) return
      await using own = new NodeMonitor({
        client,
        nodes: nodes.lister,
        pods: pods.lister,
        leases: leases.lister,
        events,
        metrics: metrics.nodes,
        settings: configuration.nodes,
        clock,
        logger,
        signal,
      })
      monitor = own
      while (!signal.aborted) {
        await own.look().catch(err => {
          if (!signal.aborted) logger.error({ err }, 'Failed to look at the health of nodes')
        })
        await sleep(configuration.nodes.monitorPeriod, signal, clock)
      }
    }
  },
}
