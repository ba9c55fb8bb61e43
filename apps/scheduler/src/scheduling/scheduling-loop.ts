import type { EventRecorder } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import type { SchedulerCache } from '../cache/scheduler-cache.ts'
import type { SchedulerClient } from '../client.ts'
import type { Plugin } from '../framework/plugin.ts'
import type { SchedulerMetrics } from '../metrics.ts'
import { type PodInfo, podKey } from '../pod/pod-info.ts'
import { findCandidate } from '../preemption/find-candidate.ts'
import type { Nominations } from '../preemption/nominations.ts'
import type { QueuedPod, SchedulingQueue } from '../queue/scheduling-queue.ts'
import { Binder } from '../writes/binder.ts'
import type { Evictor } from '../writes/evictor.ts'
import type { StatusWriter } from '../writes/status-writer.ts'
import type { Algorithm } from './algorithm.ts'
import { type Diagnosis, diagnosisMessage } from './fit-error.ts'

/** One schedulerName with its rules. */
export interface Profile {
  readonly schedulerName: string
  readonly plugins: readonly Plugin[]
  readonly algorithm: Algorithm
  readonly preempts: boolean
}

export interface SchedulingLoopOptions {
  client: Pick<SchedulerClient, 'create'>
  queue: SchedulingQueue
  cache: SchedulerCache
  nominations: Nominations
  profiles: ReadonlyMap<string, Profile>
  /** Of each profile; its name is the events' source. */
  events: (schedulerName: string) => EventRecorder
  statusWriter: StatusWriter
  evictor: Evictor
  metrics: SchedulerMetrics
  clock: Clock
  random: () => number
  logger: Logger
}

/** Milliseconds of placing pods before other work of the process gets its turn. */
const TURN = 4

/** Takes pods from the queue and places them, one after another, while it leads. */
export class SchedulingLoop implements AsyncDisposable {
  readonly #options: SchedulingLoopOptions
  readonly #binder: Binder
  readonly #begun = new Map<string, number>()
  #wake: (() => void) | undefined

  constructor(options: SchedulingLoopOptions) {
    this.#options = options
    this.#binder = new Binder({
      client: options.client,
      onDone: (pod, node, error) => this.#bound(pod, node, error),
    })
  }

  /** There may be something to do. */
  wake(): void {
    this.#wake?.()
  }

  /** Places pods until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { queue } = this.#options
    while (!signal.aborted) {
      if (queue.hasReady && this.#binder.hasRoom) {
        this.#takeTurn(signal)
        await new Promise(resolve => setImmediate(resolve))
      } else await this.#sleep(signal)
    }
  }

  #sleep(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#wake = undefined
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#wake = done
      signal.addEventListener('abort', done, { once: true })
    })
  }

  #takeTurn(signal: AbortSignal): void {
    const { queue } = this.#options
    const until = performance.now() + TURN
    do {
      const queued = queue.pop()
      if (queued === undefined) return
      this.#scheduleOne(queued)
    } while (!signal.aborted && this.#binder.hasRoom && performance.now() < until)
  }

  #scheduleOne(queued: QueuedPod): void {
    const { cache, queue, nominations, profiles, metrics } = this.#options
    const { pod } = queued
    const profile = profiles.get(pod.schedulerName)
    if (profile === undefined || pod.terminating || cache.has(pod.uid)) {
      // deleted or placed meanwhile: nothing is left to do for it
      queue.delete(pod.uid)
      return
    }
    const began = performance.now()
    this.#begun.set(pod.uid, began)
    try {
      const placement =
        nominations.size === 0
          ? profile.algorithm.place(pod, cache)
          : nominations.during(pod, cache, () => profile.algorithm.place(pod, cache))
      metrics.algorithm((performance.now() - began) / 1_000)
      if ('row' in placement) this.#assumeAndBind(pod, cache.nodes.node(placement.row).name)
      else this.#unschedulable(queued, profile, placement.diagnosis)
    } catch (error) {
      this.#failed(queued, error)
    }
  }

  #assumeAndBind(pod: PodInfo, nodeName: string): void {
    const { cache, nominations } = this.#options
    cache.assume(pod, nodeName)
    nominations.delete(pod.uid)
    this.#binder.bind(pod, nodeName)
  }

  #bound(pod: PodInfo, nodeName: string, error: unknown): void {
    const { cache, queue, metrics, clock, statusWriter } = this.#options
    const queued = queue.get(pod.uid)
    if (error === undefined) {
      statusWriter.drop(pod.uid)
      metrics.attempt('scheduled', pod.schedulerName, this.#secondsSince(pod.uid))
      if (queued !== undefined) metrics.scheduled(queued.attempts, (clock.now() - queued.firstSeen) / 1_000)
      queue.delete(pod.uid)
      const message = `Successfully assigned ${podKey(pod)} to ${nodeName}`
      this.#tell(pod, 'Normal', 'Scheduled', message)
    } else if (cache.forget(pod.uid)) {
      if (queued !== undefined) this.#failed(queued, error)
    } else {
      // the watch has told of the pod meanwhile: bound by this very request whose answer was lost, by another, or deleted
      queue.delete(pod.uid)
    }
    this.wake()
  }

  #unschedulable(queued: QueuedPod, profile: Profile, diagnosis: Diagnosis): void {
    const { queue, nominations, cache, evictor, metrics, random, logger } = this.#options
    const { pod } = queued
    let message = diagnosisMessage(diagnosis)
    let nominated: string | undefined
    if (diagnosis.nodeCount > 0 && profile.preempts) {
      const waitsFor = this.#victimsStillLeaving(pod)
      const outcome = waitsFor ?? findCandidate(pod, diagnosis, cache, profile.plugins, random)
      if ('victims' in outcome) {
        nominated = cache.nodes.node(outcome.row).name
        metrics.preempted(outcome.victims.length)
        nominations.set(pod, nominated)
        evictor.evict(outcome.victims, pod, nominated, () => nominations.delete(pod.uid))
      } else {
        if (waitsFor === undefined) nominations.delete(pod.uid)
        message += ` preemption: ${outcome.message}`
      }
    }
    logger.debug({ pod: podKey(pod), message }, 'Unable to schedule pod; no fit; waiting')
    metrics.attempt('unschedulable', pod.schedulerName, this.#secondsSince(pod.uid))
    this.#tell(pod, 'Warning', 'FailedScheduling', message)
    const keeps = nominations.nodeOf(pod.uid)
    this.#writeStatus(pod, 'Unschedulable', message, nominated ?? keeps ?? '')
    queue.unschedulable(queued, diagnosis.plugins)
  }

  /** Victims of an earlier preemption for this pod need time to end: evicting more meanwhile would be too much. */
  #victimsStillLeaving(pod: PodInfo): { message: string } | undefined {
    const { cache, nominations } = this.#options
    const nodeName = nominations.nodeOf(pod.uid)
    const row = nodeName === undefined ? undefined : cache.nodes.rowOf(nodeName)
    if (row === undefined) return undefined
    for (const other of cache.nodes.podsOn[row] ?? [])
      if (other.terminating && other.priority < pod.priority)
        return { message: 'not eligible due to a terminating pod on the nominated node.' }
    return undefined
  }

  #failed(queued: QueuedPod, error: unknown): void {
    const { queue, metrics, logger } = this.#options
    const { pod } = queued
    const message = error instanceof Error ? error.message : String(error)
    logger.error({ err: error, pod: podKey(pod) }, 'Error scheduling pod; retrying')
    metrics.attempt('error', pod.schedulerName, this.#secondsSince(pod.uid))
    this.#tell(pod, 'Warning', 'FailedScheduling', message)
    this.#writeStatus(pod, 'SchedulerError', message)
    queue.failed(queued)
  }

  #writeStatus(
    pod: PodInfo,
    reason: 'Unschedulable' | 'SchedulerError',
    message: string,
    nominatedNodeName?: string,
  ): void {
    const sameNomination = nominatedNodeName === undefined || nominatedNodeName === pod.nominatedNodeName
    if (reason === 'Unschedulable' && pod.unschedulableMessage === message && sameNomination) return
    this.#options.statusWriter.write({
      pod,
      reason,
      message,
      ...(sameNomination ? {} : { nominatedNodeName }),
    })
  }

  #tell(pod: PodInfo, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.events(pod.schedulerName).event(reference(pod), type, reason, message)
  }

  #secondsSince(uid: string): number {
    const began = this.#begun.get(uid) ?? performance.now()
    this.#begun.delete(uid)
    return (performance.now() - began) / 1_000
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#binder[Symbol.asyncDispose]()
  }
}

function reference(pod: PodInfo) {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    namespace: pod.namespace,
    name: pod.name,
    uid: pod.uid,
    resourceVersion: pod.resourceVersion,
  }
}
