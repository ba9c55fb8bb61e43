import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  CompactedError,
  type KeyValue,
  type KeyValueStore,
  type Revision,
  type StoreEvent,
} from '../key-value-store.ts'
import { openEmbeddedStore } from './index.ts'

/** The store as simple as it can be written: a list of changes. */
class Model {
  readonly changes: StoreEvent[] = []
  revision: Revision = 1
  compacted: Revision = 0

  at(revision: Revision): Map<string, StoreEvent> {
    const state = new Map<string, StoreEvent>()
    for (const change of this.changes) {
      if (change.modRevision > revision) break
      if (change.type === 'put') state.set(change.key, change)
      else state.delete(change.key)
    }
    return state
  }

  write(key: string, value: Uint8Array | undefined): void {
    const now = this.at(this.revision).get(key)
    this.revision++
    this.changes.push({
      type: value ? 'put' : 'delete',
      key,
      value: value ?? new Uint8Array(0),
      createRevision: value ? (now?.createRevision ?? this.revision) : 0,
      modRevision: this.revision,
      lease: 0n,
    })
  }
}

type Step =
  | { do: 'put'; key: number; size: number; stale: boolean }
  | { do: 'delete'; key: number; stale: boolean }
  | { do: 'together'; keys: number[] }
  | { do: 'compact'; back: number }
  | { do: 'read'; back: number; from: number; to: number; limit: number }
  | { do: 'watch'; back: number }
  | { do: 'reopen' }

const key = fc.nat(6)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('put' as const), key, size: fc.nat(1_500), stale: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), key, stale: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('together' as const), keys: fc.uniqueArray(key, { minLength: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), back: fc.nat(6) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('read' as const), back: fc.nat(12), from: key, to: key, limit: fc.nat(4) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watch' as const), back: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
)

const name = (index: number) => `/test/${index}`
const plain = (kv: KeyValue | StoreEvent) => ({
  key: kv.key,
  value: Buffer.from(kv.value).toString('latin1'),
  createRevision: kv.createRevision,
  modRevision: kv.modRevision,
})

test('whatever is done to it, the store answers as the model does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async steps => {
      const directory = await mkdtemp(join(tmpdir(), 'kubets-model-'))
      const model = new Model()
      let store = await openEmbeddedStore({ directory })
      try {
        for (const [i, one] of steps.entries()) {
          if (one.do === 'reopen') {
            await store.close()
            store = await openEmbeddedStore({ directory })
          } else await play(store, model, one, i)
          expect(await store.revision()).toBe(model.revision)
        }
      } finally {
        await store.close()
        await rm(directory, { recursive: true, force: true })
      }
    }),
    { numRuns: 60 },
  )
}, 120_000)

async function play(store: KeyValueStore, model: Model, step: Exclude<Step, { do: 'reopen' }>, i: number) {
  const now = model.at(model.revision)
  switch (step.do) {
    case 'put':
    case 'delete': {
      const standing = now.get(name(step.key))
      const expected = (standing?.modRevision ?? 0) + (step.stale ? 1 : 0)
      const value = step.do === 'put' ? Buffer.alloc(step.size, `${i} `) : undefined
      const result = value
        ? await store.put({ key: name(step.key), value, expected })
        : await store.delete({ key: name(step.key), expected })
      if (step.stale) {
        expect(result.ok).toBe(false)
        if (!result.ok) expect(result.current && plain(result.current)).toEqual(standing && plain(standing))
        return
      }
      expect(result.ok).toBe(true)
      if (value || standing) model.write(name(step.key), value)
      expect(result.revision).toBe(model.revision)
      return
    }
    case 'together': {
      const writes = step.keys.map(index => ({ key: name(index), value: Buffer.from(`${i}`) }))
      const free = writes.every(write => !now.has(write.key))
      expect(await store.createAll(writes)).toBe(free)
      if (!free) return
      const revision = ++model.revision
      for (const { key, value } of writes)
        model.changes.push({ type: 'put', key, value, createRevision: revision, modRevision: revision, lease: 0n })
      return
    }
    case 'compact': {
      const revision = Math.max(model.revision - step.back, 1)
      if (revision <= model.compacted) {
        await expect(store.compact(revision)).rejects.toThrow(CompactedError)
        return
      }
      await store.compact(revision)
      model.compacted = revision
      return
    }
    case 'read': {
      const revision = Math.max(model.revision - step.back, 1)
      const options = { start: name(step.from), end: name(step.to + 1), revision }
      if (revision < model.compacted) {
        await expect(store.range(options)).rejects.toThrow(CompactedError)
        return
      }
      const wanted = [...model.at(revision).values()]
        .filter(kv => kv.key >= options.start && kv.key < options.end)
        .sort((a, b) => (a.key < b.key ? -1 : 1))
      const got = await store.range(step.limit > 0 ? { ...options, limit: step.limit } : options)
      expect(got.kvs.map(plain)).toEqual(wanted.slice(0, step.limit > 0 ? step.limit : wanted.length).map(plain))
      expect(got).toMatchObject({ count: wanted.length, more: got.kvs.length < wanted.length })
      const first = await store.get(options.start, { revision })
      const standing = model.at(revision).get(options.start)
      expect(first.kv && plain(first.kv)).toEqual(standing && plain(standing))
      return
    }
    case 'watch': {
      // after a compaction, what it left of the past is not promised: only what came behind it
      const from = Math.max(model.revision - step.back, 1)
      const stop = new AbortController()
      const events: StoreEvent[] = []
      const outcome = await new Promise<Error | undefined>(resolve => {
        const watch = store.watch({
          start: '/test/',
          end: '/test0',
          from,
          onEvents: batch => void events.push(...batch),
          onProgress: () => resolve(undefined),
          onEnd: resolve,
          signal: stop.signal,
        })
        watch.requestProgress()
      })
      stop.abort()
      if (from < model.compacted) {
        expect(outcome).toBeInstanceOf(CompactedError)
        return
      }
      expect(outcome).toBeUndefined()
      const wanted = model.changes.filter(change => change.modRevision >= from && change.modRevision > model.compacted)
      expect(events.filter(event => event.modRevision > model.compacted).map(plain)).toEqual(wanted.map(plain))
    }
  }
}
