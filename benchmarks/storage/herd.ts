import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { stopped } from '../api/servers.ts'
import type { Target } from '../api/target.ts'
import type { Orders } from './herd-process.ts'

/** Nanoseconds of the machine's clock, which is the same in all processes. */
export const machineTime = () => Number(process.hrtime.bigint())

/** Their garbage is collected by the thread that makes it: helpers would be a third one on the two cores of client and server, and the server's waits for a core its delay. */
const oneThread = ['--single-threaded-gc']

/** Many clients, in a process of their own. */
export interface Herd extends AsyncDisposable {
  /**
   * Resolves when all are answered. Paths are asked for in turn; more than one stream a connection is HTTP/2. `atOnce`: so many connections are under
   * way at the same time, {@link few} unless that is what is measured.
   */
  open(target: Target, connections: number, streams: number, paths: readonly string[], atOnce?: number): Promise<void>
  /** From now on each waits for the end of one event, or for so many bytes. The function returned tells when the last had it, ns. */
  expect(bytes?: number): Promise<() => Promise<number>>
  close(): Promise<void>
}

/** A server that has much else to do is done with so many before their handshakes are over time. */
const few = 64

export async function startHerd(): Promise<Herd> {
  const child = fork(join(import.meta.dirname, 'herd-process.ts'), {
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
    execArgv: oneThread,
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the clients' process ended with ${code}`)
  })
  ended.catch(() => undefined)
  const tell = (orders: Orders) => void child.send(orders)
  const hear = async (wanted: string): Promise<number> => {
    for (;;) {
      const [[text, at]] = (await Promise.race([once(child, 'message'), ended])) as [[string, number]]
      if (text === wanted) return at
    }
  }
  return {
    async open(target, connections, streams, paths, atOnce = few) {
      tell({ do: 'open', target, connections, streams, paths: [...paths], atOnce })
      await hear('open')
    },
    async expect(bytes) {
      tell({ do: 'expect', bytes })
      await hear('expecting')
      const arrived = hear('arrived')
      // whoever fails before waiting for it ends this process, and says why
      arrived.catch(() => undefined)
      return () => arrived
    },
    async close() {
      tell({ do: 'close' })
      await hear('closed')
    },
    [Symbol.asyncDispose]: () => stopped(child),
  }
}
