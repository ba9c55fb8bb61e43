import type { PodInfo } from '../pod/pod-info.ts'
import type { HostPort } from '../pod/pod-template.ts'
import { Column, ResourceColumns } from './column.ts'
import type { NodeInfo } from './node-info.ts'
import { interleaveByZone } from './node-order.ts'

/**
 * All nodes, one row each, what filters and scores read as columns of numbers. A row keeps its number while the node
 * or a pod on it exists; then it is given to another node. Grows with the cluster's nodes.
 *
 * Only the scheduler cache changes it, in one synchronous stretch, so readers need no snapshot.
 */
export class NodeTable {
  #capacity = 64
  #used = 0
  readonly #free: number[] = []
  readonly #rowOf = new Map<string, number>()
  #order: Int32Array | undefined

  readonly cpu = new ResourceColumns(this.#capacity)
  readonly memory = new ResourceColumns(this.#capacity)
  readonly ephemeralStorage = new ResourceColumns(this.#capacity)
  readonly pods = new ResourceColumns(this.#capacity)
  /** Requests with defaults for containers that ask for nothing: what LeastAllocated counts. */
  readonly nonZeroCpu = new Column(this.#capacity)
  readonly nonZeroMemory = new Column(this.#capacity)
  /** Extended resources and huge pages, made when a node or a pod first names one. */
  readonly scalars = new Map<string, ResourceColumns>()
  /** `undefined` for a row whose node is gone while pods on it remain. */
  readonly nodes: (NodeInfo | undefined)[] = []
  readonly names: string[] = []
  readonly podsOn: Set<PodInfo>[] = []
  /** How many nodes are cordoned, and how many have taints: usually none, and then nobody need look at each. */
  unschedulableCount = 0
  taintedCount = 0
  /** How many nodes have an image. */
  readonly imageSpread = new Map<string, number>()

  /** Rows of present nodes, zone after zone in turn, so that a sample of the first n is spread. */
  get order(): Int32Array {
    this.#order ??= interleaveByZone(this.nodes)
    return this.#order
  }

  rowOf(name: string): number | undefined {
    return this.#rowOf.get(name)
  }

  node(row: number): NodeInfo {
    const node = this.nodes[row]
    if (node === undefined) throw new RangeError(`no node in row ${row}`)
    return node
  }

  /** Adds or replaces a node; returns its row. */
  setNode(node: NodeInfo): number {
    const row = this.#ensureRow(node.name)
    const old = this.nodes[row]
    if (old === undefined || old.zone !== node.zone) this.#order = undefined
    this.#countNode(old, -1)
    this.#countNode(node, 1)
    this.nodes[row] = node
    this.cpu.allocatable.values[row] = node.allocatable.get('cpu') ?? 0
    this.memory.allocatable.values[row] = node.allocatable.get('memory') ?? 0
    this.ephemeralStorage.allocatable.values[row] = node.allocatable.get('ephemeral-storage') ?? 0
    this.pods.allocatable.values[row] = node.allocatable.get('pods') ?? 0
    for (const columns of this.scalars.values()) columns.allocatable.values[row] = 0
    for (const [name, amount] of node.allocatable)
      if (!['cpu', 'memory', 'ephemeral-storage', 'pods'].includes(name))
        this.#scalar(name).allocatable.values[row] = amount
    return row
  }

  removeNode(name: string): void {
    const row = this.#rowOf.get(name)
    if (row === undefined) return
    this.#countNode(this.nodes[row], -1)
    this.nodes[row] = undefined
    this.#order = undefined
    this.#release(row)
  }

  /** Counts a pod on its node; the node may not be known yet. Returns the row. */
  addPod(pod: PodInfo): number {
    const row = this.#ensureRow(pod.nodeName)
    this.#podsOf(row).add(pod)
    this.count(row, pod, 1)
    return row
  }

  removePod(pod: PodInfo): void {
    const row = this.#rowOf.get(pod.nodeName)
    if (row === undefined || !this.#podsOf(row).delete(pod)) return
    this.count(row, pod, -1)
    this.#release(row)
  }

  hostPortsOn(row: number): HostPort[] {
    const ports: HostPort[] = []
    for (const pod of this.#podsOf(row)) for (const port of pod.template.hostPorts) ports.push(port)
    return ports
  }

  /** Changes the sums only. Used alone to try out what a node would have without a pod. */
  count(row: number, pod: PodInfo, sign: 1 | -1): void {
    const { requests } = pod.template
    const add = (column: Column, amount: number) => {
      column.values[row] = (column.values[row] ?? 0) + sign * amount
    }
    add(this.cpu.requested, requests.cpu)
    add(this.memory.requested, requests.memory)
    add(this.ephemeralStorage.requested, requests.ephemeralStorage)
    add(this.pods.requested, 1)
    add(this.nonZeroCpu, requests.nonZeroCpu)
    add(this.nonZeroMemory, requests.nonZeroMemory)
    for (const [name, amount] of requests.scalars) add(this.#scalar(name).requested, amount)
  }

  #podsOf(row: number): Set<PodInfo> {
    const pods = this.podsOn[row]
    if (pods === undefined) throw new RangeError(`no row ${row}`)
    return pods
  }

  #scalar(name: string): ResourceColumns {
    let columns = this.scalars.get(name)
    if (columns === undefined) {
      columns = new ResourceColumns(this.#capacity)
      this.scalars.set(name, columns)
    }
    return columns
  }

  #ensureRow(name: string): number {
    const known = this.#rowOf.get(name)
    if (known !== undefined) return known
    const row = this.#free.pop() ?? this.#used++
    if (row >= this.#capacity) this.#grow()
    this.#rowOf.set(name, row)
    this.names[row] = name
    this.nodes[row] = undefined
    this.podsOn[row] = new Set()
    return row
  }

  #release(row: number): void {
    if (this.nodes[row] !== undefined || this.#podsOf(row).size > 0) return
    this.#rowOf.delete(this.names[row] ?? '')
    for (const columns of this.#all()) columns.values[row] = 0
    this.#free.push(row)
  }

  *#all(): Iterable<Column> {
    for (const r of [this.cpu, this.memory, this.ephemeralStorage, this.pods, ...this.scalars.values()]) {
      yield r.allocatable
      yield r.requested
    }
    yield this.nonZeroCpu
    yield this.nonZeroMemory
  }

  #grow(): void {
    this.#capacity *= 2
    for (const column of this.#all()) column.grow(this.#capacity)
  }

  #countNode(node: NodeInfo | undefined, sign: 1 | -1): void {
    if (node === undefined) return
    if (node.unschedulable) this.unschedulableCount += sign
    if (node.taints.length > 0) this.taintedCount += sign
    for (const name of node.images.keys()) {
      const count = (this.imageSpread.get(name) ?? 0) + sign
      if (count === 0) this.imageSpread.delete(name)
      else this.imageSpread.set(name, count)
    }
  }
}
