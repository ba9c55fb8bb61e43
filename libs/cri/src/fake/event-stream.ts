import type { ContainerEventResponse } from '../messages/events.ts'
import type { ContainerEventType } from '../messages/index.ts'
import type { Loose } from '../messages/loose.ts'
import type { FakeState } from './state.ts'

/** Events that may wait for one reader; past it the reader's stream fails, and it lists again. */
const maxWaiting = 10_000

export interface EventStream {
  emit(containerId: string, type: ContainerEventType, sandboxId: string): void
  read(signal: AbortSignal): AsyncIterable<Loose<ContainerEventResponse>>
}

interface Reader {
  queue: Loose<ContainerEventResponse>[]
  wake: () => void
  overflow: boolean
}

/** Tells every reader what happened, with the pod's whole state, as containerd and CRI-O do. */
export function createEventStream(state: FakeState, now: () => number): EventStream {
  const readers = new Set<Reader>()
  return {
    emit(containerId, type, sandboxId) {
      if (readers.size === 0) return
      const event: Loose<ContainerEventResponse> = {
        containerId,
        containerEventType: type,
        createdAt: String(BigInt(now()) * 1_000_000n),
        podSandboxStatus: structuredClone(state.sandboxes.get(sandboxId)?.status),
        containersStatuses: [...state.containers.values()]
          .filter(container => container.sandboxId === sandboxId)
          .map(container => structuredClone(container.status)),
      }
      for (const reader of readers) {
        if (reader.queue.length >= maxWaiting) reader.overflow = true
        else reader.queue.push(event)
        reader.wake()
      }
    },
    async *read(signal) {
      const reader: Reader = { queue: [], wake: () => undefined, overflow: false }
      readers.add(reader)
      const end = () => reader.wake()
      signal.addEventListener('abort', end)
      try {
        while (!signal.aborted) {
          if (reader.overflow) throw new Error('the reader of container events is too slow')
          const next = reader.queue.shift()
          if (next !== undefined) yield next
          else
            await new Promise<void>(resolve => {
              reader.wake = resolve
            })
        }
      } finally {
        signal.removeEventListener('abort', end)
        readers.delete(reader)
      }
    },
  }
}
