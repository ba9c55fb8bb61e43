import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KeyValueStore } from '../../key-value-store.ts'
import { openEmbeddedStore } from '../index.ts'
import type { Told } from './contract.ts'

describe('who writes to the embedded store', () => {
  let directory: string
  /** Those that were told to commit something. */
  const writing = new Set<Worker>()

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubets-writing-'))
    const { postMessage } = Worker.prototype
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, order: unknown, moved) {
      if (order !== 'close') writing.add(this)
      postMessage.call(this, order, moved)
    })
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    writing.clear()
    await rm(directory, { recursive: true, force: true })
  })

  const put = (store: KeyValueStore, key: string) => store.put({ key, value: Buffer.from(key), expected: 0 })

  test('is the loop where little is written', async () => {
    await using store = await openEmbeddedStore({ directory })
    for (let i = 0; i < 20; i++) await put(store, `/${i}`)
    expect(writing.size).toBe(0)
  })

  test('becomes a thread under load, between two commits: nothing is lost or comes twice', async () => {
    const seen: number[] = []
    {
      await using store = await openEmbeddedStore({ directory, durability: 'none' })
      const unwatch = new AbortController()
      store.watch({
        start: '/',
        end: '0',
        onEvents: events => void seen.push(...events.map(event => event.modRevision)),
        onEnd: () => undefined,
        signal: unwatch.signal,
      })
      let count = 0
      let after = 0
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          while (after < 400 && count < 200_000) {
            if (writing.size > 0) after++
            await put(store, `/${count++}`)
          }
        }),
      )
      expect(writing.size).toBe(1)
      expect(seen).toEqual(Array.from({ length: count }, (_, i) => i + 2))
      unwatch.abort()
    }
    await using again = await openEmbeddedStore({ directory })
    expect((await again.range({ start: '/', end: '0', countOnly: true })).count).toBe(seen.length)
  })

  test('becomes a thread where few commits carry much', async () => {
    await using store = await openEmbeddedStore({ directory, durability: 'none' })
    for (let i = 0; i < 500 && writing.size === 0; i++) {
      await store.put({ key: `/${i}`, value: Buffer.alloc(300_000, i), expected: 0 })
      await setTimeout(20)
    }
    expect(writing.size).toBe(1)
  })

  test('when the thread ends, whoever waits is told, nothing more is written, and what is there can be read', async () => {
    await using store = await openEmbeddedStore({ directory, writer: 'thread' })
    await put(store, '/before')
    const [thread] = writing
    const ended = Promise.allSettled(Array.from({ length: 300 }, (_, i) => put(store, `/${i}`)))
    await thread?.terminate()
    const outcomes = await ended
    const refused = outcomes
      .filter(({ status }) => status === 'rejected')
      .map(one => String((one as PromiseRejectedResult).reason))
    expect(new Set(refused)).toEqual(
      new Set(['CommitFailedError: the write did not reach the disk: the thread that writes ended']),
    )
    await expect(put(store, '/after')).rejects.toThrow('the thread that writes ended')
    expect((await store.get('/before')).kv?.modRevision).toBe(2)
  })

  test('when the disk refuses a flush, whoever waits is told, nothing more is written, and readers stay with what is there', async () => {
    const { emit } = Worker.prototype
    let refuses = false
    vi.spyOn(Worker.prototype, 'emit').mockImplementation(function (this: Worker, event, ...told) {
      const refusal: Told = { memory: undefined, error: 'EIO: i/o error, fdatasync', lost: true }
      // LMDB has the commit then, and shows it to whoever looks anew
      if (refuses && event === 'message' && told[0] === 'committed') return emit.call(this, event, refusal)
      return emit.call(this, event, ...told)
    })
    await using store = await openEmbeddedStore({ directory, writer: 'thread' })
    await put(store, '/before')
    refuses = true
    const told = 'CommitFailedError: the write did not reach the disk: EIO: i/o error, fdatasync'
    expect(await Promise.all([put(store, '/a').catch(String), put(store, '/b').catch(String)])).toEqual([told, told])
    refuses = false
    expect(await put(store, '/after').catch(String)).toBe(told)
    expect(await store.compact(2).catch(String)).toBe(told)
    expect((await store.range({ start: '/', end: '0' })).kvs.map(({ key }) => key)).toEqual(['/before'])
    expect(await store.revision()).toBe(2)
  })
})
