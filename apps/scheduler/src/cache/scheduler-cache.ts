import type { PodInfo } from '../pod/pod-info.ts'
import type { Labels } from '../pod/selector.ts'
import type { NodeInfo } from './node-info.ts'
import { NodeTable } from './node-table.ts'
import { PodUsage } from './pod-usage.ts'

/** What filters and scores may read. */
export interface ClusterView {
  readonly nodes: NodeTable
  readonly usage: PodUsage
  namespaceLabels(namespace: string): Labels | undefined
}

/**
 * The scheduler's picture of the cluster: what the server has told, plus the pods that we have placed and whose binding
 * the server has not told back yet (assumed).
 *
 *     assume ──> assumed ──(watch: assigned)──> added ──(watch: deleted)──> gone
 *                   └──(binding failed: forget)──> gone
 */
export class SchedulerCache implements ClusterView {
  readonly nodes = new NodeTable()
  readonly usage = new PodUsage()
  readonly #pods = new Map<string, PodInfo>()
  readonly #assumed = new Set<string>()
  readonly #namespaceLabels: (namespace: string) => Labels | undefined

  constructor(namespaceLabels: (namespace: string) => Labels | undefined = () => undefined) {
    this.#namespaceLabels = namespaceLabels
  }

  namespaceLabels(namespace: string): Labels | undefined {
    return this.#namespaceLabels(namespace)
  }

  get podCount(): number {
    return this.#pods.size
  }

  get assumedCount(): number {
    return this.#assumed.size
  }

  setNode(node: NodeInfo): number {
    return this.nodes.setNode(node)
  }

  removeNode(name: string): void {
    this.nodes.removeNode(name)
  }

  /** Places a pod before its binding is written. Throws when the pod is there already. */
  assume(pod: PodInfo, nodeName: string): PodInfo {
    if (this.#pods.has(pod.uid)) throw new Error(`pod ${pod.uid} is in the cache, so can't be assumed`)
    const assumed = { ...pod, nodeName }
    this.#insert(assumed)
    this.#assumed.add(pod.uid)
    return assumed
  }

  /** The binding failed: takes the assumed pod back. Does nothing once the server has told of the assignment. */
  forget(uid: string): boolean {
    if (!this.#assumed.delete(uid)) return false
    this.#take(uid)
    return true
  }

  has(uid: string): boolean {
    return this.#pods.has(uid)
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid)
  }

  /** An assigned pod as the server tells it: new, changed, or the confirmation of an assumed one. */
  setPod(pod: PodInfo): void {
    this.#assumed.delete(pod.uid)
    this.#take(pod.uid)
    this.#insert(pod)
  }

  /** Returns the pod as it was counted. */
  removePod(uid: string): PodInfo | undefined {
    this.#assumed.delete(uid)
    return this.#take(uid)
  }

  /** Takes a pod away for a what-if; `resume` must follow in the same synchronous stretch. */
  suspend(pod: PodInfo): void {
    this.#take(pod.uid)
  }

  resume(pod: PodInfo): void {
    this.#insert(pod)
  }

  #insert(pod: PodInfo): void {
    this.#pods.set(pod.uid, pod)
    this.usage.add(pod, this.nodes.addPod(pod))
  }

  #take(uid: string): PodInfo | undefined {
    const pod = this.#pods.get(uid)
    if (pod === undefined) return undefined
    this.#pods.delete(uid)
    const row = this.nodes.rowOf(pod.nodeName)
    if (row !== undefined) this.usage.remove(pod, row)
    this.nodes.removePod(pod)
    return pod
  }
}
