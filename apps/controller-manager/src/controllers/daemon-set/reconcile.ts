import type { ControllerRevision, DaemonSet } from '@kubets/api-types'
import { type LabelSelector, labelSelectorOf } from '@kubets/apimachinery'
import { type Client, type EventRecorder, type Lister, type Outcome, resources } from '@kubets/client'
import type { Clock } from '@kubets/component'
import { claim } from '../../claim.ts'
import {
  claimRevisions,
  createRevision,
  highestRevision,
  matchesTemplate,
  revisionLabel,
} from '../../history/revisions.ts'
import type { NodeInfo } from '../../nodes/node-info.ts'
import type { Expectations } from '../../pods/expectations.ts'
import { orphansOf, type PodInfo } from '../../pods/pod-info.ts'
import { slowStart } from '../../pods/slow-start.ts'
import { templateHash } from '../../pods/template-hash.ts'
import { podKey } from '../replica-set/reconcile.ts'
import { createReplica, deleteReplica, podFromTemplate } from '../replica-set/replicas.ts'
import type { FailedPodBackOff } from './failed-pods.ts'
import { type Changes, type DaemonState, placementChanges, rollingChanges } from './placement.ts'
import { countDaemons, sameCounts } from './status.ts'
import { templateFor } from './template.ts'

export interface DaemonDeps {
  client: Pick<Client, 'get' | 'create' | 'update' | 'patch' | 'delete'>
  events: EventRecorder
  expectations: Expectations
  backOff: FailedPodBackOff
  pods: Lister<PodInfo>
  nodes: Lister<NodeInfo>
  revisions: Lister<ControllerRevision>
  clock: Clock
  signal: AbortSignal
}

/** Pods made or deleted in one go, as for ReplicaSets half of it. */
const burst = 250

/** Brings a daemon onto each node that should have one, step by step to the present template. */
export async function reconcile(deps: DaemonDeps, key: string, daemonSet: DaemonSet): Promise<Outcome> {
  const { expectations, clock, events } = deps
  const selector = labelSelectorOf(daemonSet.spec?.selector)
  if (selector.everything) {
    const message = 'This daemon set is selecting all pods. A non-empty selector is required.'
    events.event(daemonSet, 'Warning', 'SelectingAll', message)
    return undefined
  }
  if (daemonSet.metadata?.deletionTimestamp) return undefined
  const { current, old } = await history(deps, daemonSet, selector)
  const hash = current.metadata?.labels?.[revisionLabel] ?? ''
  const look = async (): Promise<DaemonState> => ({
    daemonSet,
    hash,
    nodes: [...deps.nodes.list()],
    podsByNode: byNode(await claimed(deps, daemonSet, selector)),
    now: clock.now(),
  })
  if (!expectations.satisfied(key)) return writeStatus(deps, await look(), 'keep')
  let retry: number | undefined
  let failure: unknown
  try {
    const changes = placementChanges(await look(), {
      failed(pod, node) {
        const wait = deps.backOff.wait(daemonSet, node)
        if (wait !== undefined) {
          retry = Math.min(retry ?? wait, wait)
          return 'wait'
        }
        const what = `Found failed daemon pod ${podKey(pod)} on node ${node}, will try to kill it`
        events.event(daemonSet, 'Warning', 'FailedDaemonPod', what)
        return 'delete'
      },
      succeeded(pod, node) {
        const what = `Found succeeded daemon pod ${podKey(pod)} on node ${node}, will try to delete it`
        events.event(daemonSet, 'Normal', 'SucceededDaemonPod', what)
      },
    })
    await apply(deps, key, daemonSet, hash, changes)
    if (expectations.satisfied(key) && daemonSet.spec?.updateStrategy?.type === 'RollingUpdate')
      await apply(deps, key, daemonSet, hash, rollingChanges(await look()))
    await cleanUp(deps, daemonSet, old)
  } catch (error) {
    failure = error
  }
  const outcome = await writeStatus(deps, await look(), 'observed').catch(error => {
    failure ??= error
    return undefined
  })
  if (failure !== undefined) throw failure
  return retry === undefined ? outcome : { requeueAfter: Math.min(retry, outcome?.requeueAfter ?? retry) }
}

async function claimed(deps: DaemonDeps, daemonSet: DaemonSet, selector: LabelSelector): Promise<PodInfo[]> {
  const { client, pods, signal } = deps
  const { uid = '', namespace = '' } = daemonSet.metadata ?? {}
  return claim(
    {
      client,
      owner: daemonSet,
      ownerRef: resources.daemonSets,
      apiVersion: 'apps/v1',
      ref: resources.pods,
      selector,
      signal,
    },
    [...pods.byIndex('controller', uid), ...pods.byIndex('controller', orphansOf(namespace))],
  )
}

/** Pods that have ended and are being deleted do not count any more. */
function byNode(pods: readonly PodInfo[]): Map<string, PodInfo[]> {
  const found = new Map<string, PodInfo[]>()
  for (const pod of pods) {
    const ended = pod.phase === 'Succeeded' || pod.phase === 'Failed'
    if ((ended && pod.deleting) || pod.targetNode === '') continue
    const there = found.get(pod.targetNode)
    if (there === undefined) found.set(pod.targetNode, [pod])
    else there.push(pod)
  }
  return found
}

async function apply(
  deps: DaemonDeps,
  key: string,
  daemonSet: DaemonSet,
  hash: string,
  changes: Changes,
): Promise<void> {
  const { client, events, expectations, signal } = deps
  const nodes = changes.create.slice(0, burst)
  const surplus = changes.delete.slice(0, burst)
  if (nodes.length + surplus.length === 0) return
  expectations.expect(key, nodes.length, surplus.map(podKey))
  let next = 0
  const { succeeded, error } = await slowStart(nodes.length, () => {
    const template = templateFor(daemonSet, hash, nodes[next++] ?? '')
    const pod = podFromTemplate(template, daemonSet, 'apps/v1', 'DaemonSet')
    return createReplica(client, events, daemonSet, pod, signal)
  })
  for (let i = succeeded; i < nodes.length; i++) expectations.creationObserved(key)
  const ends = await Promise.allSettled(
    surplus.map(async pod => {
      try {
        if (await deleteReplica(client, events, daemonSet, pod, signal)) return
        expectations.deletionObserved(key, podKey(pod))
      } catch (cause) {
        expectations.deletionObserved(key, podKey(pod))
        throw cause
      }
    }),
  )
  const failure = error ?? ends.find(end => end.status === 'rejected')?.reason
  if (failure !== undefined) throw failure
}

async function history(
  { client, revisions, pods, signal }: DaemonDeps,
  daemonSet: DaemonSet,
  selector: LabelSelector,
): Promise<{ current: ControllerRevision; old: ControllerRevision[] }> {
  const { uid = '' } = daemonSet.metadata ?? {}
  const template = daemonSet.spec?.template
  const ownerRef = resources.daemonSets
  const all = await claimRevisions({ client, owner: daemonSet, ownerRef, selector, revisions, signal })
  const old = all.filter(revision => !matchesTemplate(revision, template))
  const same = all.filter(revision => matchesTemplate(revision, template)).sort((a, b) => a.revision - b.revision)
  const number = highestRevision(old) + 1
  const current = same.pop()
  if (current === undefined) {
    const hash = templateHash(template, daemonSet.status?.collisionCount)
    const made = await createRevision({
      client,
      owner: daemonSet,
      ownerKind: 'DaemonSet',
      template,
      hash,
      revision: number,
      signal,
    })
    if (made !== undefined) return { current: made, old }
    const collisionCount = (daemonSet.status?.collisionCount ?? 0) + 1
    const status = { ...daemonSet.status, collisionCount } as NonNullable<DaemonSet['status']>
    await client.update<DaemonSet>(ownerRef, { ...daemonSet, status }, { subresource: 'status', signal })
    throw new Error(`another template of DaemonSet ${daemonSet.metadata?.name} has the hash ${hash}`)
  }
  // several of one template are left by races: the newest stays, and all pods are of it
  const label = current.metadata?.labels?.[revisionLabel] ?? ''
  for (const { metadata } of same) {
    for (const pod of pods.byIndex('controller', uid))
      if (pod.labels[revisionLabel] !== label)
        await client.patch(
          resources.pods,
          pod,
          'merge',
          { metadata: { labels: { [revisionLabel]: label } } },
          { signal },
        )
    const key = { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }
    await client.delete(resources.controllerRevisions, key, { signal })
  }
  if (current.revision >= number) return { current, old }
  const renumbered = { ...current, revision: number }
  return { current: await client.update(resources.controllerRevisions, renumbered, { signal }), old }
}

/** Revisions beyond the history that is kept go, except those that pods are still of. */
async function cleanUp(
  { client, pods, signal }: DaemonDeps,
  daemonSet: DaemonSet,
  old: readonly ControllerRevision[],
): Promise<void> {
  let surplus = old.length - (daemonSet.spec?.revisionHistoryLimit ?? 10)
  if (surplus <= 0) return
  const live = new Set(
    pods.byIndex('controller', daemonSet.metadata?.uid ?? '').map(({ labels }) => labels[revisionLabel]),
  )
  for (const { metadata } of [...old].sort((a, b) => a.revision - b.revision)) {
    if (surplus <= 0) break
    if (live.has(metadata?.labels?.[revisionLabel])) continue
    const key = { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }
    await client.delete(resources.controllerRevisions, key, { signal })
    surplus--
  }
}

async function writeStatus(
  { client, signal }: DaemonDeps,
  state: DaemonState,
  generation: 'observed' | 'keep',
): Promise<Outcome> {
  const { daemonSet } = state
  const counts = countDaemons(state)
  const { namespace = '', name = '', generation: now = 0 } = daemonSet.metadata ?? {}
  if (!sameCounts(daemonSet.status, counts) || (daemonSet.status?.observedGeneration ?? 0) < now) {
    const write = (current: DaemonSet) => {
      const observed = generation === 'observed' ? { observedGeneration: now } : {}
      const next = { ...current, status: { ...current.status, ...counts, ...observed } }
      return client.update<DaemonSet>(resources.daemonSets, next, { subresource: 'status', signal })
    }
    try {
      await write(daemonSet)
    } catch {
      if (!signal.aborted) await write(await client.get(resources.daemonSets, { namespace, name }, { signal }))
    }
  }
  const wait = daemonSet.spec?.minReadySeconds ?? 0
  if (wait > 0 && counts.numberReady !== counts.numberAvailable) return { requeueAfter: wait * 1_000 }
  return undefined
}
