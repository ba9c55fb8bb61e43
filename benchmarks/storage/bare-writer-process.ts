import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEtcdStore } from '@kubets/storage'
import { open } from 'lmdb'
import { template } from './pods.ts'

// The least that writes: the same values, the same number of writers, and a store under them. A process of its own, as the server is one.
export type BareStore = { kind: 'lmdb' } | { kind: 'etcd'; endpoint: string }
export type Orders = { writers: number; writes: number }

interface Writing {
  write(i: number, value: Buffer): Promise<unknown>
  close(): Promise<void>
}

const [, , store = '', texts = ''] = process.argv
const values = (JSON.parse(texts) as string[]).map(template)
let written = 0
const writing = await opened(JSON.parse(store) as BareStore)

function opened(bare: BareStore): Promise<Writing> {
  return bare.kind === 'lmdb' ? rawLmdb() : bareEtcd(bare.endpoint)
}

/** Two durable puts a write: the value, and where it is found. */
async function rawLmdb(): Promise<Writing> {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-bench-lmdb-'))
  const root = open({ path: join(directory, 'raw.mdb'), overlappingSync: false, encoding: 'binary' })
  const byRevision = root.openDB<Buffer, number>({ name: 'values', encoding: 'binary' })
  const byKey = root.openDB<Buffer, string>({ name: 'keys', encoding: 'binary' })
  return {
    write(i, value) {
      const at = Buffer.allocUnsafe(8)
      at.writeDoubleBE(i)
      return Promise.all([byRevision.put(i, value), byKey.put(`/bare/pods/bench/raw-${i}`, at)])
    },
    async close() {
      await root.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** One compare-and-put a write, by the client that the server has, with the root watch open. */
async function bareEtcd(endpoint: string): Promise<Writing> {
  const client = await openEtcdStore({ endpoints: [endpoint] })
  const watching = new AbortController()
  let seen = 0
  client.watch({
    start: '/bare/',
    end: '/bare0',
    from: (await client.revision()) + 1,
    onEvents: events => {
      seen += events.length
    },
    onProgress: () => undefined,
    onEnd: () => undefined,
    signal: watching.signal,
  })
  return {
    write: (i, value) => client.put({ key: `/bare/pods/bench/raw-${i}`, value, expected: 0 }),
    async close() {
      watching.abort()
      await client.close()
      if (seen === 0) throw new Error('the root watch saw nothing')
    },
  }
}

async function run({ writers, writes }: Orders): Promise<number> {
  const ready = Array.from({ length: writes }, () => {
    const i = ++written
    return { i, value: (values[i % values.length] as (i: number) => Buffer)(i) }
  })
  let next = 0
  const began = performance.now()
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let one = ready[next++]; one !== undefined; one = ready[next++]) await writing.write(one.i, one.value)
    }),
  )
  return (writes * 1000) / (performance.now() - began)
}

process.on('message', async (orders: Orders) => process.send?.(await run(orders)))
process.on('disconnect', async () => {
  await writing.close()
  process.exit(0)
})
process.send?.('ready')
