import { isNotFound } from '@kubets/apimachinery'
import { createWorkQueue, resources } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import type { SchedulerClient } from '../client.ts'
import { type PodInfo, podKey } from '../pod/pod-info.ts'

/** What to write into a pod's status. */
export interface PodStatusChange {
  readonly pod: PodInfo
  readonly reason: 'Unschedulable' | 'SchedulerError'
  readonly message: string
  /** '' clears it, nothing leaves it. */
  readonly nominatedNodeName?: string
}

export interface StatusWriter extends AsyncDisposable {
  /** Sets the condition PodScheduled=False in the background. Of several changes to one pod only the last is written. */
  write(change: PodStatusChange): void
  /** The pod is gone or placed: nothing about it need be written any more. */
  drop(uid: string): void
}

/** Holds at most one change for each pending pod. */
export function createStatusWriter(options: {
  client: Pick<SchedulerClient, 'patch'>
  clock: Clock
  logger: Logger
}): StatusWriter {
  const { client, clock, logger } = options
  const changes = new Map<string, PodStatusChange>()
  const queue = createWorkQueue({
    name: 'pod-status',
    clock,
    logger,
    concurrency: 8,
    async process(uid) {
      const change = changes.get(uid)
      if (change === undefined) return undefined
      const { pod, reason, message, nominatedNodeName } = change
      const now = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`
      const condition = {
        type: 'PodScheduled',
        status: 'False',
        reason,
        message,
        lastProbeTime: null,
        lastTransitionTime: now,
        ...(pod.generation === undefined ? {} : { observedGeneration: pod.generation }),
      }
      const status = { conditions: [condition], ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }) }
      try {
        const key = { namespace: pod.namespace, name: pod.name }
        // the uid keeps a new pod of the same name out of it
        const body = { metadata: { uid: pod.uid }, status }
        await client.patch(resources.pods, key, 'strategic', body, { subresource: 'status' })
      } catch (error) {
        if (!isNotFound(error)) throw new Error(`write the status of pod ${podKey(pod)}`, { cause: error })
      }
      if (changes.get(uid) === change) changes.delete(uid)
      return undefined
    },
  })
  return {
    write(change) {
      changes.set(change.pod.uid, change)
      queue.add(change.pod.uid)
    },
    drop(uid) {
      changes.delete(uid)
    },
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  }
}
