import { formatTime, isNotFound } from '@kubets/apimachinery'
import { type Client, type EventRecorder, resources } from '@kubets/client'
import type { Clock } from '@kubets/component'
import type { PodInfo } from '../../pods/pod-info.ts'

export interface MarkOptions {
  client: Pick<Client, 'patch'>
  events: Pick<EventRecorder, 'event'>
  clock: Clock
  signal: AbortSignal
}

/** Pods of a node that is not ready are not ready, whatever they said last: Services leave them out. Throws after all have been tried. */
export async function markNotReady(options: MarkOptions, pods: readonly PodInfo[]): Promise<void> {
  const errors: unknown[] = []
  for (const pod of pods) {
    if (!pod.ready) continue
    try {
      await markOne(options, pod)
    } catch (error) {
      if (!isNotFound(error)) errors.push(error)
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} pods could not be marked as not ready`)
}

async function markOne({ client, events, clock, signal }: MarkOptions, pod: PodInfo): Promise<void> {
  const { namespace, name, uid } = pod
  const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: formatTime(clock.now()) }]
  const body = { metadata: { uid }, status: { conditions } }
  await client.patch(resources.pods, { namespace, name }, 'strategic', body, { subresource: 'status', signal })
  events.event({ kind: 'Pod', apiVersion: 'v1', namespace, name, uid }, 'Warning', 'NodeNotReady', 'Node is not ready')
}
