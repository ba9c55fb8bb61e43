import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { type EtcdServer, startEtcdServer } from '../../etcd/server.ts'
import { openEmbeddedStore, openEtcdStore } from '../../index.ts'
import type { KeyValueStore, Revision } from '../../key-value-store.ts'
import { createWatchCache, type WatchCacheOptions } from '../cache.ts'
import type { CacheEvent, CacheWatchOptions, Describe, Snapshot, WatchCache } from '../contract.ts'

export const pods = { start: '/registry/pods/', end: '/registry/pods0' }

/** Objects of these tests are JSON: `{"node":…,"labels":{…}}`. */
export const facts: Describe = {
  known: () => undefined,
  spliceAt: () => 1,
  read(key, bytes) {
    const { node = '', labels = {} } = JSON.parse(Buffer.from(bytes).toString())
    return { labels, fields: { 'metadata.name': key.slice(key.lastIndexOf('/') + 1), 'spec.nodeName': node } }
  },
}

/** Runs the cases over both stores, each with an empty one. */
export function overBothStores(cases: (on: CacheFixture) => void): void {
  let server: EtcdServer
  const directories: string[] = []
  beforeAll(async () => {
    server = await startEtcdServer()
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    for (const directory of directories) await rm(directory, { recursive: true, force: true })
  })

  const embedded = async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kubets-cache-'))
    directories.push(directory)
    return openEmbeddedStore({ directory })
  }
  const etcd = async () => {
    const store = await openEtcdStore({ endpoints: [server.endpoint] })
    for (const { key, modRevision } of (await store.range({ start: '/', end: '0' })).kvs)
      await store.delete({ key, expected: modRevision })
    return store
  }

  describe.each([
    ['the embedded store', embedded],
    ['etcd', etcd],
  ])('the watch cache over %s', (_, open) => {
    const on = new CacheFixture()
    beforeEach(async () => on.begin(await open()))
    afterEach(() => on.end())
    cases(on)
  })
}

/** The store and the cache of the running case, and what cases do with them. */
export class CacheFixture {
  #store: KeyValueStore | undefined
  #cache: WatchCache | undefined
  #stop = new AbortController()

  get store(): KeyValueStore {
    if (!this.#store) throw new Error('no case is running')
    return this.#store
  }

  get cache(): WatchCache {
    if (!this.#cache) throw new Error('the case has not started its cache')
    return this.#cache
  }

  begin(store: KeyValueStore): void {
    this.#store = store
    this.#stop = new AbortController()
  }

  async end(): Promise<void> {
    this.#stop.abort()
    await this.#cache?.close()
    await this.#store?.close()
  }

  readonly start = async (options: Partial<WatchCacheOptions> = {}) => {
    this.#cache = createWatchCache({ store: this.store, describe: facts, ...options })
    await this.cache.ready
  }
  readonly put = async (name: string, object: object, expected: Revision = 0): Promise<Revision> => {
    const key = name.startsWith('/') ? name : `/registry/pods/${name}`
    const result = await this.store.put({ key, value: Buffer.from(JSON.stringify(object)), expected })
    expect(result.ok).toBe(true)
    return result.revision
  }
  readonly remove = async (name: string, expected: Revision): Promise<Revision> => {
    const result = await this.store.delete({ key: `/registry/pods/${name}`, expected })
    expect(result.ok).toBe(true)
    return result.revision
  }
  readonly names = (snapshot: Snapshot) =>
    [...snapshot.range(pods.start, pods.end)].map(entry => `${entry.key.slice(15)}@${entry.modRevision}`)
  readonly watch = (options: Partial<CacheWatchOptions> & { after: Revision }) => {
    const events: CacheEvent[] = []
    const calls: number[] = []
    let ended: Error | undefined
    const watcher = this.cache.watch({
      ...pods,
      onEvents(batch) {
        events.push(...batch)
        calls.push(batch.length)
      },
      onEnd(error) {
        ended = error ?? new Error('no reason')
      },
      signal: this.#stop.signal,
      ...options,
    })
    return {
      watcher,
      events,
      calls,
      get ended() {
        return ended
      },
      lines: () => events.map(({ type, entry, revision }) => `${type} ${entry.key.slice(15)}@${revision}`),
      until: (revision: Revision) =>
        expect.poll(() => watcher.revision, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(revision),
    }
  }
}
