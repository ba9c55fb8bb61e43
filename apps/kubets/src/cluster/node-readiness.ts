import type { Node } from '@kubets/api-types'
import { createClient, loadKubeconfig, resources, type WatchEvent } from '@kubets/client'
import type { ClusterLayout } from './service-specs.ts'

const patience = 60_000

/** Resolves when every node of the plan says Ready; rejects with each one's own reason when that takes too long. */
export async function waitForNodes({ directory, plan }: ClusterLayout, interrupted: AbortSignal): Promise<void> {
  await using client = createClient(await loadKubeconfig({ file: directory.file('kubeconfig') }))
  const waiting = new Map(plan.nodes.map(node => [node.name, 'it has not registered']))
  const signal = AbortSignal.any([AbortSignal.timeout(patience), interrupted])
  const watch = client.watch<Node>(resources.nodes, {
    sendInitialEvents: true,
    allowWatchBookmarks: true,
    resourceVersionMatch: 'NotOlderThan',
    signal,
  })
  try {
    if (await allReady(watch, waiting)) return
  } catch (error) {
    // the end of patience is told below, with what each node waits for
    if (!signal.aborted) throw error
  }
  interrupted.throwIfAborted()
  const reasons = [...waiting].map(
    ([name, why]) => `${name}: ${why} (see ${directory.file('logs', `kubelet-agent@${name}.log`)})`,
  )
  throw new Error(`not all nodes became Ready within ${patience / 1000} s: ${reasons.join('; ')}`)
}

/**
 * Takes nodes out of `waiting` as they become Ready and the controllers have seen it, so that pods find them; keeps the others' reasons.
 * False when the watch ends before the last.
 */
export async function allReady(
  events: AsyncIterable<WatchEvent<Node>>,
  waiting: Map<string, string>,
): Promise<boolean> {
  for await (const event of events) {
    if (event.type === 'ERROR' || event.type === 'BOOKMARK') continue
    const { metadata, spec, status } = event.object
    const name = metadata?.name ?? ''
    const ready = status?.conditions?.find(condition => condition.type === 'Ready')
    const tainted = spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/not-ready') ?? false
    if (ready?.status === 'True' && !tainted) waiting.delete(name)
    else if (waiting.has(name)) waiting.set(name, whyNot(ready))
    if (waiting.size === 0) return true
  }
  return false
}

function whyNot(ready: { status?: string; message?: string } | undefined): string {
  if (ready === undefined) return 'it has no Ready condition'
  return ready.status === 'True' ? 'its taint node.kubernetes.io/not-ready stays' : (ready.message ?? 'it is not Ready')
}
