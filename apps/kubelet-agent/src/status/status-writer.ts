import type { Pod, PodStatus } from '@kubets/api-types'
import { isConflict, isNotFound, semanticEqual } from '@kubets/apimachinery'
import { type Client, createWorkQueue, resources } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import { statusPatch } from './status-patch.ts'

export interface StatusWriter extends AsyncDisposable {
  /** The newest status wins; what was not yet written of older ones never is. */
  set(pod: Pod, status: PodStatus): void
  /** What was set last. */
  last(uid: string): PodStatus | undefined
  /** Calls once, when what was set last is on the server or the pod is gone there. */
  afterWritten(uid: string, callback: () => void): void
  forget(uid: string): void
}

interface Entry {
  namespace: string
  name: string
  status: PodStatus
  written: PodStatus | undefined
  waiting: (() => void)[]
}

/** Writes pods' statuses, one request a pod at a time, ten pods at once. Holds one status a pod that the kubelet works on. */
export function createStatusWriter(options: {
  client: Pick<Client, 'patch'>
  clock: Clock
  logger: Logger
}): StatusWriter {
  const entries = new Map<string, Entry>()
  const queue = createWorkQueue({
    name: 'pod-status',
    concurrency: 10,
    clock: options.clock,
    logger: options.logger,
    async process(uid, signal) {
      const entry = entries.get(uid)
      if (entry === undefined) return undefined
      const { namespace, name, status } = entry
      if (status !== entry.written) {
        try {
          await options.client.patch(
            resources.pods,
            { namespace, name },
            'strategic',
            statusPatch(uid, status, entry.written),
            { subresource: 'status', signal },
          )
        } catch (error) {
          // the pod, or this pod of that name, does not exist any more: nobody is left to tell
          if (!isNotFound(error) && !isConflict(error)) throw error
        }
        entry.written = status
      }
      if (entry.status === status) for (const callback of entry.waiting.splice(0)) callback()
      else queue.add(uid)
      return undefined
    },
  })
  return {
    set(pod, status) {
      const { uid = '', namespace = 'default', name = '' } = pod.metadata ?? {}
      const entry = entries.get(uid)
      if (entry === undefined) entries.set(uid, { namespace, name, status, written: pod.status, waiting: [] })
      else if (semanticEqual(entry.status, status)) return
      else entry.status = status
      if (entry === undefined && semanticEqual(pod.status, status)) {
        ;(entries.get(uid) as Entry).written = status
        return
      }
      queue.add(uid)
    },
    last: uid => entries.get(uid)?.status,
    afterWritten(uid, callback) {
      const entry = entries.get(uid)
      if (entry === undefined) return callback()
      entry.waiting.push(callback)
      queue.add(uid)
    },
    forget: uid => void entries.delete(uid),
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  }
}
