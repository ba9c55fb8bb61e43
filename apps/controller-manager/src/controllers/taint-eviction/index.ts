import type { Taint } from '@kubets/api-types'
import { semanticEqual } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { controllerEvents, splitKey } from '../../context.ts'
import { type NodeInfo, nodeInformer } from '../../nodes/node-info.ts'
import { type PodInfo, podInformer, podsOnNode } from '../../pods/pod-info.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { podKey } from '../replica-set/reconcile.ts'
import { evict } from './evict.ts'
import { Evictions } from './evictions.ts'
import { noExecute, toleratedFor } from './tolerated-for.ts'

/** Pods leave nodes with NoExecute taints: those that do not tolerate them at once, those that do so for a while after it. */
export const taintEvictionController: ControllerDescriptor = {
  name: 'taint-eviction-controller',
  alias: 'taint-eviction-controller',
  account: 'node-controller',
  needs: [resources.nodes, resources.pods],
  start(context) {
    const { client, clock, logger, informers, metrics } = context
    const nodes = informers.of(nodeInformer)
    const pods = informers.of(podInformer)
    const events = controllerEvents(context, 'taint-eviction-controller')
    /** By node; only nodes that have some. */
    const tainted = new Map<string, readonly Taint[]>()
    const ended = new AbortController()
    const { signal } = ended

    const evictions = new Evictions(clock, async (pod, due) => {
      const key = splitKey(pod)
      tell(pod, `Marking for deletion Pod ${pod}`)
      logger.info({ pod }, 'Deleting a pod that does not tolerate the taints of its node')
      try {
        await evict({ client, clock, signal }, key)
        metrics.nodes.podDeleted((clock.now() - due) / 1_000)
      } catch (err) {
        if (!signal.aborted) logger.error({ err, pod }, 'Failed to delete a pod from a tainted node')
      }
    })
    context.undo.defer(async () => {
      ended.abort()
      await evictions[Symbol.asyncDispose]()
    })

    const tell = (pod: string, message: string) =>
      events.event({ kind: 'Pod', apiVersion: 'v1', ...splitKey(pod) }, 'Normal', 'TaintManagerEviction', message)
    const cancel = (pod: string) => {
      if (evictions.cancel(pod)) tell(pod, `Cancelling deletion of Pod ${pod}`)
    }

    const lookAtPod = (pod: PodInfo, taints: readonly Taint[]) => {
      const key = podKey(pod)
      const now = clock.now()
      const patience = toleratedFor(pod.tolerations, taints)
      if (patience === 0) {
        cancel(key)
        evictions.plan(key, now, now)
        return
      }
      if (patience === Number.POSITIVE_INFINITY) return cancel(key)
      // as upstream: what was planned first stands, whatever taints came since
      const since = evictions.plannedAt(key)
      if (since !== undefined && since + patience < now + patience) return
      cancel(key)
      evictions.plan(key, since ?? now, (since ?? now) + patience)
    }

    const lookAtNode = (node: NodeInfo) => {
      const taints = noExecute(node.taints)
      if (taints.length === 0) tainted.delete(node.name)
      else tainted.set(node.name, taints)
      // pods that the informer does not have yet are looked at when they come
      for (const pod of podsOnNode(pods.lister, node.name)) {
        if (taints.length === 0) cancel(podKey(pod))
        else lookAtPod(pod, taints)
      }
    }
    nodes.subscribe({
      added: node => noExecute(node.taints).length > 0 && lookAtNode(node),
      updated(node, old) {
        if (!semanticEqual(noExecute(node.taints), noExecute(old.taints))) lookAtNode(node)
      },
      deleted: ({ name }) => tainted.delete(name),
    })
    const placed = (pod: PodInfo) => {
      const taints = tainted.get(pod.nodeName)
      if (taints !== undefined) lookAtPod(pod, taints)
    }
    pods.subscribe({
      added: placed,
      updated(pod, old) {
        const same = pod.tolerations === old.tolerations || semanticEqual(pod.tolerations, old.tolerations)
        if (pod.nodeName !== old.nodeName || !same) placed(pod)
      },
      deleted: pod => cancel(podKey(pod)),
    })
  },
}
