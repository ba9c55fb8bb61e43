import { Client, Work } from './client.ts'
import { Connection } from './connection.ts'
import { mainThreadTime, type Target } from './target.ts'

export interface Load {
  /** Operations a second. */
  readonly perSecond: number
  /** µs of the server's main thread for each, where it is ours to look at. */
  readonly mainMicros?: number
  /** ms, the slowest of a hundred. */
  readonly p99: number
}

export interface LoadOptions {
  readonly target: Target
  readonly connections: number
  readonly operations: number
  /** The bytes of operation `i`. Made before the clock starts. */
  request(i: number): Buffer
  /** Anything else is an error: a benchmark of refusals is none. */
  readonly expect: number
}

/** Sends operations over so many connections, each one at a time. */
export async function runLoad({ target, connections, ...operations }: LoadOptions): Promise<Load> {
  using crowd = await openCrowd(target, connections)
  return await crowd.run(operations)
}

/** Clients that stay connected from one run to the next. */
export interface Crowd extends Disposable {
  run(options: Omit<LoadOptions, 'target' | 'connections'>): Promise<Load>
}

export async function openCrowd(target: Target, connections: number): Promise<Crowd> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(target)))
  return {
    async run({ operations, request, expect }) {
      const requests = Array.from({ length: operations }, (_, i) => request(i))
      const work = new Work(requests, expect)
      const clients = open.map(connection => new Client(connection, work))
      const before = target.pid === undefined ? 0 : await mainThreadTime(target.pid)
      const began = performance.now()
      for (const client of clients) client.next()
      await work.done
      const seconds = (performance.now() - began) / 1000
      const used = target.pid === undefined ? undefined : (await mainThreadTime(target.pid)) - before
      return {
        perSecond: operations / seconds,
        ...(used === undefined ? {} : { mainMicros: used / 1000 / operations }),
        p99: work.times.toSorted()[Math.floor(operations * 0.99)] ?? 0,
      }
    },
    [Symbol.dispose]() {
      for (const connection of open) connection.close()
    },
  }
}
