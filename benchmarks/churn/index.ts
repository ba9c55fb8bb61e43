import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FlagTable } from '@kubets/component/plain'
import { openEmbeddedStore, type Revision } from '@kubets/storage'
import type { Benchmark, Figure } from '../benchmark.ts'
import { storedPods } from '../storage/pods.ts'

const writers = 32

const flags = {
  writes: { type: 'int', default: 1_000_000, help: 'How many in all.' },
  keys: { type: 'int', default: 2_000, help: 'Over so many objects.' },
  every: { type: 'int', default: 10_000, help: 'Writes between two compactions.' },
} as const satisfies FlagTable

export const benchmark: Benchmark<typeof flags> = {
  about: 'A million writes over 2,000 objects in the embedded store: how large its file gets.',
  flags,
  async run(log, { writes, keys, every }) {
    return churn(log, writes, keys, every)
  },
}

async function churn(log: (text: string) => void, writes: number, keys: number, every: number): Promise<Figure[]> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-bench-churn-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const store = undo.use(await openEmbeddedStore({ directory }))
  const stored = await storedPods()
  const standing: { revision: Revision; bytes: number }[] = Array.from({ length: keys }, () => ({
    revision: 0,
    bytes: 0,
  }))
  let live = 0
  /** Bytes of all writes, and of those up to the last two compactions. */
  let written = 0
  let kept: [before: number, last: number] = [0, 0]
  let done = 0
  let boundary = 0
  let largest = 0
  let compactions: Promise<void> = Promise.resolve()
  const started = performance.now()
  /** A new object in place of the one that stands there; sizes wander, so that no value fits where the one before lay. */
  const write = async (writer: number): Promise<void> => {
    for (let i = writer; done < writes; i += writers) {
      const key = `/registry/pods/churn/pod-${i % keys}`
      const at = standing[i % keys] as (typeof standing)[number]
      const value = stored(i + Math.floor(i / keys) * 3)
      const result = await store.put({ key, value, expected: at.revision })
      if (!result.ok) throw new Error(`${key} was written by another`)
      live += value.length - at.bytes
      written += value.length
      at.revision = result.revision
      at.bytes = value.length
      if (++done % every === 0) compactions = compactions.then(compact)
      if (done % (writes / 20) === 0) await tell()
    }
  }
  /** As the api-server does: up to where the store stood one interval ago. */
  const compact = async () => {
    const now = await store.revision()
    if (boundary > 0) await store.compact(boundary)
    kept = [kept[1], written]
    boundary = now
  }
  const tell = async () => {
    const { size } = await stat(join(directory, 'data.mdb'))
    largest = Math.max(largest, size)
    const rate = Math.round(done / ((performance.now() - started) / 1000))
    const history = written - kept[0]
    log(
      `${done} writes, ${rate}/s: ${mebibytes(size)} MiB of file, ${mebibytes(live)} MiB live, ${mebibytes(history)} MiB of history`,
    )
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  await compactions
  return [
    {
      key: 'churn-file',
      what: `largest file under ${writes} writes over ${keys} objects, compacted every ${every}`,
      value: largest / 2 ** 20,
      unit: 'MiB',
      baseline: { what: 'live', value: live / 2 ** 20 },
    },
  ]
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
