import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KeyValueStore } from '../key-value-store.ts'
import { openEmbeddedStore } from './index.ts'
import type { Trial, TrialResult } from './testdata/random-damage-trials.ts'

const kinds: readonly Trial['kind'][] = [
  'bit',
  'bit',
  'bit of a header',
  'bit of a beginning',
  'bit of a beginning',
  'garbage',
  'zeros',
  'another page',
  'torn page',
  'lost write',
]

/** The same numbers each time. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x80000000
  }
}

let folder: string
let compacted: number
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-random-damage-'))
  const next = numbers(1)
  const data = join(folder, 'store', 'data.mdb')
  await using store = await openEmbeddedStore({ directory: join(folder, 'store') })
  const lease = await store.grantLease(3_600)
  const write = async (times: number) => {
    for (let i = 0; i < times; i += 20)
      await Promise.all(Array.from({ length: 20 }, (_, j) => writeOne(store, lease, i + j, next)))
  }
  for (let round = 0; round < 4; round++) {
    await write(200)
    await store.compact((await store.revision()) - 50)
  }
  await write(200)
  await copyFile(data, join(folder, 'before.mdb'))
  await write(60)
  compacted = (await store.revision()) - 100
  await store.compact(compacted)
  await store.close()
  await copyFile(data, join(folder, 'store.mdb'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Distinct keys within twenty, so that none waits for another. */
async function writeOne(store: KeyValueStore, lease: bigint, i: number, next: () => number): Promise<void> {
  const key = `/registry/things/n-${(i % 20) * 10 + Math.floor(next() * 10)}`
  const expected = (await store.get(key)).kv?.modRevision ?? 0
  const chance = next()
  if (expected !== 0 && chance < 0.3) await store.delete({ key, expected })
  else {
    const size = chance < 0.8 ? next() * 400 : next() * 9_000
    const value = Buffer.from(Array.from({ length: size }, () => next() * 256))
    await store.put({ key, value, expected, lease: chance > 0.95 ? lease : 0n })
  }
}

function startTrials(): { child: ChildProcess; results: AsyncIterator<string>; ended: Promise<unknown[]> } {
  const main = join(import.meta.dirname, 'testdata/random-damage-trials.ts')
  // what LMDB and lz4 say of damage themselves is not looked at
  const child = spawn(process.execPath, [main, folder, String(compacted + 1)], { stdio: ['pipe', 'pipe', 'ignore'] })
  return {
    child,
    results: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    ended: once(child, 'exit'),
  }
}

test('damage anywhere in the file is refused in clear words or touches nothing: no crash, no key lost or altered', async () => {
  const next = numbers(7)
  const { child, results, ended } = startTrials()
  const counts = { refused: 0, right: 0 }
  try {
    for (let i = 0; i < 150; i++) {
      const kind = kinds[i % kinds.length] as Trial['kind']
      const trial: Trial = { kind, page: next(), place: next(), value: next() }
      child.stdin?.write(`${JSON.stringify(trial)}\n`)
      const { value, done } = await results.next()
      expect(done, `${JSON.stringify(trial)} ended the process: ${done && (await ended)}`).toBeFalsy()
      const result: TrialResult = JSON.parse(value)
      expect(result, JSON.stringify(trial)).not.toMatchObject({ ended: 'wrong' })
      counts[result.ended as keyof typeof counts]++
    }
  } finally {
    child.stdin?.end()
    await ended
  }
  expect(counts.refused).toBeGreaterThan(30)
  expect(counts.right).toBeGreaterThan(10)
}, 60_000)
