import type { DaemonSet } from '@kubets/api-types'
import { matchesNode, toleratesAll } from '@kubets/apimachinery'
import { scaled } from '../../int-or-percent.ts'
import type { NodeInfo } from '../../nodes/node-info.ts'
import type { PodInfo } from '../../pods/pod-info.ts'
import { isAvailable } from '../../pods/pod-state.ts'
import { daemonTolerations, isUpdated, templateGeneration } from './template.ts'

/** Whether a node gets a daemon, and whether one that is there may stay. Pure. */
export function shouldRun(daemonSet: DaemonSet, node: NodeInfo): { run: boolean; stay: boolean } {
  const spec = daemonSet.spec?.template?.spec
  const no = { run: false, stay: false }
  if (spec === undefined || (spec.nodeName && spec.nodeName !== node.name)) return no
  if (!matchesNode(spec, node)) return no
  const tolerations = daemonTolerations(spec)
  if (toleratesAll(tolerations, node.taints, ['NoSchedule', 'NoExecute'])) return { run: true, stay: true }
  return { run: false, stay: toleratesAll(tolerations, node.taints, ['NoExecute']) }
}

/** Pods that are made on nodes, and pods that go. */
export interface Changes {
  create: string[]
  delete: PodInfo[]
}

export interface DaemonState {
  daemonSet: DaemonSet
  hash: string
  nodes: readonly NodeInfo[]
  /** The DaemonSet's pods by the node that they are on or for. */
  podsByNode: ReadonlyMap<string, readonly PodInfo[]>
  now: number
}

export interface FailedPods {
  /** A pod that ended although it should not. Says whether it may be deleted now; if not, it is looked at again later. */
  failed(pod: PodInfo, node: string): 'delete' | 'wait'
  succeeded(pod: PodInfo, node: string): void
}

/** What each node misses and has too much, whatever the template. */
export function placementChanges(state: DaemonState, ended: FailedPods): Changes {
  const changes: Changes = { create: [], delete: [] }
  for (const node of state.nodes) placeOn(state, node, ended, changes)
  // pods for nodes that are gone, which no scheduler will ever place
  const names = new Set(state.nodes.map(({ name }) => name))
  for (const [node, pods] of state.podsByNode)
    if (!names.has(node)) changes.delete.push(...pods.filter(({ nodeName }) => nodeName === ''))
  return changes
}

function placeOn(state: DaemonState, node: NodeInfo, ended: FailedPods, changes: Changes): void {
  const { daemonSet, podsByNode } = state
  const { run, stay } = shouldRun(daemonSet, node)
  const pods = podsByNode.get(node.name)
  if (pods === undefined) {
    if (run) changes.create.push(node.name)
    return
  }
  if (!stay) {
    changes.delete.push(...pods.filter(({ deleting }) => !deleting))
    return
  }
  const running: PodInfo[] = []
  for (const pod of pods) {
    if (pod.deleting) continue
    if (pod.phase === 'Failed') {
      if (ended.failed(pod, node.name) === 'delete') changes.delete.push(pod)
    } else if (pod.phase === 'Succeeded') {
      ended.succeeded(pod, node.name)
      changes.delete.push(pod)
    } else running.push(pod)
  }
  running.sort(byAge)
  if (!allowsSurge(daemonSet)) {
    changes.delete.push(...running.slice(1))
    return
  }
  // with surge the next daemon stands beside the last one until it is available; a pod that is going counts no more
  if (running.length === 0 && run) changes.create.push(node.name)
  if (running.length > 1) changes.delete.push(...surplus(state, running))
}

function surplus({ daemonSet, hash, now }: DaemonState, running: readonly PodInfo[]): PodInfo[] {
  const surplus: PodInfo[] = []
  let fresh: PodInfo | undefined
  let old: PodInfo | undefined
  for (const pod of running) {
    if (isUpdated(pod.labels, hash, undefined)) {
      if (fresh === undefined) fresh = pod
      else surplus.push(pod)
    } else if (old === undefined) old = pod
    else surplus.push(pod)
  }
  if (fresh !== undefined && old !== undefined)
    if (!old.ready || isAvailable(fresh, daemonSet.spec?.minReadySeconds ?? 0, now)) surplus.push(old)
  return surplus
}

/** Those with a node first, then the elder. */
export function byAge(a: PodInfo, b: PodInfo): number {
  if ((a.nodeName === '') !== (b.nodeName === '')) return a.nodeName === '' ? 1 : -1
  return a.created - b.created || (a.name < b.name ? -1 : 1)
}

export const allowsSurge = (daemonSet: DaemonSet) => surgeOf(daemonSet, 1) > 0

function surgeOf({ spec }: DaemonSet, desired: number): number {
  if (spec?.updateStrategy?.type !== 'RollingUpdate') return 0
  return scaled(spec.updateStrategy.rollingUpdate?.maxSurge as number | string | undefined, desired, 'up')
}

/** The next step of a rolling update: which old pods go, and where a new one comes beside the old. Pure. */
export function rollingChanges(state: DaemonState): Changes {
  const { daemonSet, nodes, hash, now } = state
  const { spec } = daemonSet
  const wanted = new Set(nodes.filter(node => shouldRun(daemonSet, node).run).map(({ name }) => name))
  const podsByNode = new Map(state.podsByNode)
  for (const name of wanted) if (!podsByNode.has(name)) podsByNode.set(name, [])
  const maxSurge = surgeOf(daemonSet, wanted.size)
  const unavailable = spec?.updateStrategy?.rollingUpdate?.maxUnavailable as number | string | undefined
  let maxUnavailable = scaled(unavailable, wanted.size, 'up')
  // neither was meant: then one may be missing
  if (wanted.size > 0 && maxUnavailable === 0 && maxSurge === 0) maxUnavailable = 1
  const generation = templateGeneration(daemonSet)
  const available = (pod: PodInfo) => isAvailable(pod, spec?.minReadySeconds ?? 0, now)
  const perNode = [...podsByNode].map(([node, pods]) => ({ node, ...oldAndNew(pods, hash, generation) }))

  const changes: Changes = { create: [], delete: [] }
  if (maxSurge === 0) {
    let missing = 0
    const candidates: PodInfo[] = []
    for (const { fresh, old, several } of perNode) {
      if (several || (fresh === undefined) === (old === undefined)) missing++
      else if (fresh !== undefined) missing += available(fresh) ? 0 : 1
      else if (old !== undefined && !available(old)) {
        changes.delete.push(old)
        missing++
      } else if (old !== undefined) candidates.push(old)
    }
    changes.delete.push(...candidates.slice(0, Math.max(0, maxUnavailable - missing)))
    return changes
  }
  let surging = 0
  let present = 0
  const candidates: string[] = []
  const misplaced: PodInfo[] = []
  for (const { node, fresh, old, several } of perNode) {
    if (several) {
      surging++
      continue
    }
    const standing = old ?? fresh
    if (standing !== undefined && available(standing)) present++
    if (old === undefined) continue
    if (fresh !== undefined) {
      if (available(fresh)) changes.delete.push(old)
      else surging++
    } else if (!wanted.has(node)) {
      if (available(old)) misplaced.push(old)
      else changes.delete.push(old)
    } else if (!available(old)) changes.create.push(node)
    else candidates.push(node)
  }
  changes.delete.push(...misplaced.slice(0, Math.max(0, present - wanted.size)))
  changes.create.push(...candidates.slice(0, Math.max(0, maxSurge - surging)))
  return changes
}

/** A node's pod of the present template and of an earlier one; with two of a kind it is left to the placement. */
function oldAndNew(
  pods: readonly PodInfo[],
  hash: string,
  generation: string | undefined,
): { fresh?: PodInfo; old?: PodInfo; several: boolean } {
  const living = pods.filter(({ deleting }) => !deleting)
  const fresh = living.filter(({ labels }) => isUpdated(labels, hash, generation))
  const old = living.filter(({ labels }) => !isUpdated(labels, hash, generation))
  if (fresh.length > 1 || old.length > 1) return { several: true }
  return {
    ...(fresh[0] === undefined ? {} : { fresh: fresh[0] }),
    ...(old[0] === undefined ? {} : { old: old[0] }),
    several: false,
  }
}
