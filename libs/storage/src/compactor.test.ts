import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '@kubets/component'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compactionKey, startCompactor } from './compactor.ts'
import { openEmbeddedStore } from './index.ts'
import { CompactedError, type KeyValueStore } from './key-value-store.ts'

let directory: string
let store: KeyValueStore
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-compactor-'))
  store = await openEmbeddedStore({ directory })
})
afterEach(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** Sleeps end when the test says so. */
function steps() {
  let wake: (() => void)[] = []
  const clock: Clock = {
    now: () => 0,
    after(_, callback) {
      wake.push(callback)
      return () => {
        wake = wake.filter(other => other !== callback)
      }
    },
  }
  return {
    clock,
    async next() {
      await expect.poll(() => wake.length).toBeGreaterThan(0)
      for (const callback of wake.splice(0)) callback()
      await expect.poll(() => wake.length).toBeGreaterThan(0)
    },
  }
}

const put = async (key: string) => (await store.put({ key, value: Buffer.from('x'), expected: 0 })).revision

test('history is forgotten one interval after it was made', async () => {
  const time = steps()
  const first = await put('/a')
  const compactor = await startCompactor({ store, clock: time.clock })
  await expect.poll(async () => (await store.get('/a', { revision: first })).kv?.modRevision).toBe(first)
  const second = await put('/b')
  const third = await put('/c')
  await time.next()
  // up to what stood when it started
  expect((await store.get('/a', { revision: second })).kv).toBeDefined()
  await time.next()
  await expect(store.get('/a', { revision: third })).rejects.toThrow(CompactedError)
  expect((await store.range({ start: '/', end: '0' })).count).toBe(3)
  await compactor.stop()
})

test('of two servers on one store one compacts', async () => {
  const one = steps()
  const two = steps()
  await put('/a')
  const compactors = [
    await startCompactor({ store, clock: one.clock }),
    await startCompactor({ store, clock: two.clock }),
  ]
  await one.next()
  const claimed = (await store.get(compactionKey)).kv?.modRevision
  await two.next()
  expect((await store.get(compactionKey)).kv?.modRevision).toBe(claimed)
  await one.next()
  expect((await store.get(compactionKey)).kv?.modRevision).toBeGreaterThan(claimed ?? 0)
  for (const compactor of compactors) await compactor.stop()
})

test('ends when it is told to, and lives through a store that fails', async () => {
  const time = steps()
  const broken = new Proxy(store, {
    get: (target, name) =>
      name === 'get' ? () => Promise.reject(new Error('no store')) : Reflect.get(target, name, target),
  })
  const compactor = await startCompactor({ store: broken, clock: time.clock })
  await time.next()
  await time.next()
  await compactor.stop()
})
