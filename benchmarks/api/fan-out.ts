import { Connection, requestBytes } from './connection.ts'
import { mainThreadTime, type Target } from './target.ts'

export interface FanOut {
  /** ms from the write to the last watcher, median. */
  readonly toLast: number
  readonly eventsPerSecond: number
  readonly mainMicros?: number
}

/**
 * Opens so many watches, a connection each, and tells how long an event takes to the last of them. `trigger` makes one event; the bytes `mark(i)`
 * end it.
 */
export async function fanOut(
  target: Target,
  connections: number,
  events: number,
  watchPath: string,
  trigger: (i: number) => Promise<void>,
  mark: (i: number) => string,
): Promise<FanOut> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(target)))
  try {
    let wanted = Buffer.from('\0never')
    let left = 0
    let arrived: () => void = () => undefined
    let lost: (error: Error) => void = () => undefined
    const broken = new Promise<never>((_, reject) => {
      lost = reject
    })
    const ready: Promise<void>[] = []
    for (const connection of open) {
      let tail = ''
      ready.push(
        new Promise(resolve => {
          const request = requestBytes({ method: 'GET', path: watchPath, token: target.token })
          const receive = (memory: Buffer, length: number) => {
            resolve()
            // the mark stands near the event's beginning; a chunk boundary may cut it
            const text = tail + memory.toString('latin1', 0, length)
            tail = text.slice(-256)
            if (!text.includes(wanted.toString('latin1'))) return
            tail = ''
            if (--left === 0) arrived()
          }
          connection.stream(request, receive, lost)
        }),
      )
    }
    await Promise.race([Promise.all(ready), broken])
    const times: number[] = []
    const before = target.pid === undefined ? 0 : await mainThreadTime(target.pid)
    for (let i = 0; i < events; i++) {
      wanted = Buffer.from(mark(i))
      left = connections
      const last = new Promise<void>(resolve => {
        arrived = resolve
      })
      const began = performance.now()
      await trigger(i)
      await Promise.race([last, broken])
      times.push(performance.now() - began)
    }
    const used = target.pid === undefined ? undefined : (await mainThreadTime(target.pid)) - before
    const total = times.reduce((sum, time) => sum + time, 0)
    return {
      toLast: times.toSorted((a, b) => a - b)[Math.floor(events / 2)] ?? 0,
      eventsPerSecond: (events * connections * 1000) / total,
      ...(used === undefined ? {} : { mainMicros: used / 1000 / (events * connections) }),
    }
  } finally {
    for (const connection of open) connection.close()
  }
}
