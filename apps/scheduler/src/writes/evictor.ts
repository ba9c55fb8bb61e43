import { isNotFound } from '@kubets/apimachinery'
import { type EventRecorder, resources } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import type { SchedulerClient } from '../client.ts'
import { type PodInfo, podKey } from '../pod/pod-info.ts'

/** Deletes the victims of a preemption in the background, saying why in their status and in an event. */
export class Evictor implements AsyncDisposable {
  readonly #client: Pick<SchedulerClient, 'patch' | 'delete'>
  readonly #events: (schedulerName: string) => EventRecorder
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #running = new Set<Promise<void>>()

  constructor(options: {
    client: Pick<SchedulerClient, 'patch' | 'delete'>
    events: (schedulerName: string) => EventRecorder
    clock: Clock
    logger: Logger
  }) {
    this.#client = options.client
    this.#events = options.events
    this.#clock = options.clock
    this.#logger = options.logger
  }

  /** One preemption is at most the pods of one node. `onFailed` is called when a victim could not be deleted. */
  evict(victims: readonly PodInfo[], preemptor: PodInfo, nodeName: string, onFailed: () => void): void {
    const eviction = Promise.all(victims.map(victim => this.#evictOne(victim, preemptor, nodeName)))
      .then(() => undefined)
      .catch(err => {
        this.#logger.error({ err, preemptor: podKey(preemptor), node: nodeName }, 'Preemption failed')
        onFailed()
      })
      .finally(() => this.#running.delete(eviction))
    this.#running.add(eviction)
  }

  async #evictOne(victim: PodInfo, preemptor: PodInfo, nodeName: string): Promise<void> {
    if (victim.terminating) return
    const key = { namespace: victim.namespace, name: victim.name }
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${preemptor.schedulerName}: preempting to accommodate a higher priority pod`,
      lastProbeTime: null,
      lastTransitionTime: `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`,
    }
    const body = { metadata: { uid: victim.uid }, status: { conditions: [condition] } }
    try {
      await this.#client.patch(resources.pods, key, 'strategic', body, { subresource: 'status' })
      await this.#client.delete(resources.pods, key, { preconditions: { uid: victim.uid } })
    } catch (error) {
      if (isNotFound(error)) return
      throw error
    }
    this.#events(preemptor.schedulerName).event(
      { kind: 'Pod', apiVersion: 'v1', ...key, uid: victim.uid },
      'Normal',
      'Preempted',
      `Preempted by pod ${preemptor.uid} on node ${nodeName}`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running)
  }
}
