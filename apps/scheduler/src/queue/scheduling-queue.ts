import type { Clock } from '@kubets/component'
import type { PodInfo } from '../pod/pod-info.ts'
import { Heap } from './heap.ts'

/** Where a pending pod stands. */
export type QueueState = 'active' | 'backoff' | 'unschedulable' | 'gated' | 'in flight'

/** A pending pod and what was tried with it. */
export interface QueuedPod {
  pod: PodInfo
  state: QueueState
  /** Attempts to place it. */
  attempts: number
  /** Milliseconds: when it came to where it stands. */
  since: number
  /** Breaks ties of `since`: pods of one millisecond keep their order. */
  order: number
  /** When it was first seen. */
  readonly firstSeen: number
  /** Plugins that rejected it at the last attempt. */
  rejectedBy: ReadonlySet<string>
  /** Until when it may not be tried again. */
  notBefore: number
  /** Counts moves, so that entries left behind in a heap are known as such. */
  turn: number
}

export interface SchedulingQueueOptions {
  clock: Clock
  /** Milliseconds; defaults 1,000 and 10,000 as upstream. */
  initialBackoff?: number
  maxBackoff?: number
  /** Called when a pod has become ready to be popped. */
  onReady(): void
}

interface Ticket {
  readonly queued: QueuedPod
  readonly turn: number
}

/** Milliseconds after which an unschedulable pod is tried again without any event. */
const MAX_UNSCHEDULABLE = 300_000
const FLUSH_UNSCHEDULABLE_EVERY = 30_000
const NONE: ReadonlySet<string> = new Set()

/**
 * Pods that wait for a node; it holds as many as the cluster has pending pods, once each.
 *
 *     add ──> active ──pop──> in flight ──placed──> gone
 *               ^                 ├──no node fits──> unschedulable ──event──┐
 *               └──time── backoff <──error─────────────────────────────────┘
 */
export class SchedulingQueue implements Disposable {
  readonly #options: SchedulingQueueOptions
  readonly #initialBackoff: number
  readonly #maxBackoff: number
  readonly #pods = new Map<string, QueuedPod>()
  readonly #active = new Heap<Ticket>((a, b) => before(a.queued, b.queued))
  readonly #backoff = new Heap<Ticket>((a, b) => a.queued.notBefore < b.queued.notBefore)
  readonly #counts: Record<QueueState, number> = { active: 0, backoff: 0, unschedulable: 0, gated: 0, 'in flight': 0 }
  #cancelBackoffTimer: (() => void) | undefined
  #cancelFlushTimer: () => void
  #disposed = false
  #nextOrder = 0

  constructor(options: SchedulingQueueOptions) {
    this.#options = options
    this.#initialBackoff = options.initialBackoff ?? 1_000
    this.#maxBackoff = options.maxBackoff ?? 10_000
    const flush = () => {
      this.flushUnschedulable()
      this.#cancelFlushTimer = options.clock.after(FLUSH_UNSCHEDULABLE_EVERY, flush)
    }
    this.#cancelFlushTimer = options.clock.after(FLUSH_UNSCHEDULABLE_EVERY, flush)
  }

  count(state: QueueState): number {
    return this.#counts[state]
  }

  get(uid: string): QueuedPod | undefined {
    return this.#pods.get(uid)
  }

  /** A pending pod appeared. */
  add(pod: PodInfo): void {
    if (this.#pods.has(pod.uid)) {
      this.update(pod)
      return
    }
    const now = this.#options.clock.now()
    const state = pod.gates.length > 0 ? 'gated' : 'active'
    const queued: QueuedPod = {
      pod,
      state,
      attempts: 0,
      since: now,
      order: this.#nextOrder++,
      firstSeen: now,
      rejectedBy: NONE,
      notBefore: 0,
      turn: 0,
    }
    this.#pods.set(pod.uid, queued)
    this.#counts[state]++
    if (state === 'active') this.#activate(queued)
  }

  /** A pending pod changed: what could make it placeable (its template, its gates) brings it back. */
  update(pod: PodInfo): void {
    const queued = this.#pods.get(pod.uid)
    if (queued === undefined) {
      this.add(pod)
      return
    }
    const old = queued.pod
    queued.pod = pod
    if (queued.state === 'gated') {
      if (pod.gates.length === 0) this.#move(queued, 'active')
    } else if (queued.state === 'unschedulable') {
      if (old.template !== pod.template || old.priority !== pod.priority) this.#requeue(queued)
    }
  }

  delete(uid: string): void {
    const queued = this.#pods.get(uid)
    if (queued === undefined) return
    this.#pods.delete(uid)
    this.#counts[queued.state]--
    queued.turn++
  }

  /** The next pod to place: the highest priority first, then the longest waiting. It stays known as `in flight`. */
  pop(): QueuedPod | undefined {
    for (;;) {
      const ticket = this.#active.pop()
      if (ticket === undefined) return undefined
      if (ticket.turn !== ticket.queued.turn) continue
      ticket.queued.attempts++
      this.#move(ticket.queued, 'in flight')
      return ticket.queued
    }
  }

  get hasReady(): boolean {
    return this.#counts.active > 0
  }

  /** No node took it: it waits for an event that may help, or for five minutes. */
  unschedulable(queued: QueuedPod, rejectedBy: ReadonlySet<string>): void {
    if (!this.#isCurrent(queued)) return
    queued.rejectedBy = rejectedBy
    queued.notBefore = this.#options.clock.now() + this.#backoffOf(queued)
    this.#move(queued, 'unschedulable')
  }

  /** Something failed that has nothing to do with the nodes: it is tried again after its back-off. */
  failed(queued: QueuedPod): void {
    if (!this.#isCurrent(queued)) return
    queued.rejectedBy = NONE
    queued.notBefore = this.#options.clock.now() + this.#backoffOf(queued)
    this.#requeue(queued)
  }

  /** Brings back the unschedulable pods for which `mayHelp` says so. */
  moveWhere(mayHelp: (queued: QueuedPod) => boolean): void {
    if (this.#counts.unschedulable === 0) return
    for (const queued of this.#pods.values())
      if (queued.state === 'unschedulable' && mayHelp(queued)) this.#requeue(queued)
  }

  flushUnschedulable(): void {
    const now = this.#options.clock.now()
    this.moveWhere(queued => now - queued.since >= MAX_UNSCHEDULABLE)
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    this.#cancelBackoffTimer?.()
    this.#cancelFlushTimer()
  }

  #isCurrent(queued: QueuedPod): boolean {
    return this.#pods.get(queued.pod.uid) === queued && queued.state === 'in flight'
  }

  #backoffOf({ attempts }: QueuedPod): number {
    return Math.min(this.#maxBackoff, this.#initialBackoff * 2 ** Math.min(attempts - 1, 30))
  }

  #requeue(queued: QueuedPod): void {
    this.#move(queued, queued.notBefore > this.#options.clock.now() ? 'backoff' : 'active')
  }

  #move(queued: QueuedPod, state: QueueState): void {
    this.#counts[queued.state]--
    this.#counts[state]++
    queued.state = state
    queued.turn++
    if (state !== 'in flight') {
      queued.since = this.#options.clock.now()
      queued.order = this.#nextOrder++
    }
    if (state === 'active') this.#activate(queued)
    else if (state === 'backoff') {
      this.#backoff.push({ queued, turn: queued.turn })
      this.#armBackoffTimer()
    }
  }

  #activate(queued: QueuedPod): void {
    this.#active.push({ queued, turn: queued.turn })
    this.#options.onReady()
  }

  #armBackoffTimer(): void {
    this.#cancelBackoffTimer?.()
    this.#cancelBackoffTimer = undefined
    let next = this.#backoff.peek()
    while (next !== undefined && next.turn !== next.queued.turn) {
      this.#backoff.pop()
      next = this.#backoff.peek()
    }
    if (next === undefined || this.#disposed) return
    const wait = Math.max(0, next.queued.notBefore - this.#options.clock.now())
    this.#cancelBackoffTimer = this.#options.clock.after(wait, () => this.#flushBackoff())
  }

  #flushBackoff(): void {
    const now = this.#options.clock.now()
    for (;;) {
      const next = this.#backoff.peek()
      if (next === undefined || (next.turn === next.queued.turn && next.queued.notBefore > now)) break
      this.#backoff.pop()
      if (next.turn === next.queued.turn) this.#move(next.queued, 'active')
    }
    this.#armBackoffTimer()
  }
}

function before(a: QueuedPod, b: QueuedPod): boolean {
  return a.pod.priority !== b.pod.priority ? a.pod.priority > b.pod.priority : a.order < b.order
}
