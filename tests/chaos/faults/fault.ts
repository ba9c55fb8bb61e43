import type { KeyValueStore } from '@kubets/storage'
import type { Random } from '../../../tools/fuzz/random.ts'
import type { ApiServerProcess } from './api-server-process.ts'

/** Something that goes wrong, for a while. */
export interface Fault {
  readonly name: string
  /** Longest time between the two, ms. */
  readonly lasts: number
  inject(random: Random): Promise<void>
  /** Afterwards everything may serve again. */
  heal(): Promise<void>
  /** Api-servers that ended by themselves under it, and how: a full disk may end a process, as it ends etcd's. Whatever else ends one is a violation. */
  readonly endings?: readonly string[]
}

/** What the clients talk to, and what can happen to it. */
export interface Environment extends AsyncDisposable {
  readonly servers: readonly ApiServerProcess[]
  readonly faults: readonly Fault[]
  readonly tls: { ca: string; cert: string; key: string }
  /** The store itself, when all api-servers have ended. The caller closes it. */
  openStore(): Promise<KeyValueStore>
}

/** SIGKILL for one of the api-servers; it comes back on the same store. */
export function killApiServer(servers: readonly ApiServerProcess[]): Fault {
  let killed: ApiServerProcess | undefined
  return {
    name: 'kill -9 of an api-server',
    lasts: 500,
    async inject(random) {
      killed = random.pick(servers)
      await killed.kill()
    },
    async heal() {
      await killed?.start()
    },
  }
}
