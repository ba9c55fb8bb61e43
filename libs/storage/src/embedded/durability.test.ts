import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Clock } from '@kubets/component'
import { open } from 'lmdb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CompactedError, type KeyValueStore, type StoreEvent } from '../key-value-store.ts'
import { openEmbeddedStore, StoreOpenError } from './index.ts'
import type { Writer } from './writing/committer.ts'

const fixture = (name: string) => join(import.meta.dirname, 'testdata', name)
const everything = { start: '/', end: '0' }

describe('the embedded store', () => {
  let directory: string
  const stores: KeyValueStore[] = []
  const opened = async (options: { clock?: Clock } = {}) => {
    const store = await openEmbeddedStore({ directory, ...options })
    stores.push(store)
    return store
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubets-store-'))
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    await rm(directory, { recursive: true, force: true })
  })

  test('has everything again after it was closed: state, history, boundary, leases', async () => {
    const store = await opened()
    const lease = await store.grantLease(600)
    const a = await store.put({ key: '/a', value: Buffer.from('1'.repeat(5000)), expected: 0 })
    const a2 = await store.put({ key: '/a', value: Buffer.from('2'), expected: a.revision })
    const b = await store.put({ key: '/b', value: Buffer.from('1'), expected: 0, lease })
    await store.delete({ key: '/b', expected: b.revision })
    await store.put({ key: '/c', value: Buffer.from('1'), expected: 0, lease })
    await store.compact(a2.revision)
    const before = await store.range(everything)
    await store.close()

    const again = await opened()
    expect(await again.range(everything)).toEqual(before)
    await expect(again.get('/a', { revision: a.revision })).rejects.toThrow(CompactedError)
    expect((await again.get('/b', { revision: b.revision })).kv?.lease).toBe(lease)
    const events: StoreEvent[] = []
    const stop = new AbortController()
    again.watch({
      ...everything,
      from: b.revision,
      onEvents: batch => void events.push(...batch),
      onEnd: () => undefined,
      signal: stop.signal,
    })
    await expect
      .poll(() => events.map(event => `${event.type} ${event.key}`))
      .toEqual(['put /b', 'delete /b', 'put /c'])
    await again.revokeLease(lease)
    expect((await again.range(everything)).kvs.map(kv => kv.key)).toEqual(['/a'])
    stop.abort()
  })

  test.each(['loop', 'thread', 'journal', 'busy'])(
    'loses no acknowledged write when its process is killed, written by the %s',
    async writer => {
      for (let round = 0; round < 2; round++) {
        const child = spawn(process.execPath, [fixture('writer.ts'), directory, writer], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        const acknowledged = new Map<string, number>()
        const exited = new Promise(resolve => child.once('exit', resolve))
        for await (const line of createInterface({ input: child.stdout })) {
          const [key, revision] = line.split(' ') as [string, string]
          acknowledged.set(key, Number(revision))
          if (acknowledged.size === 400) child.kill('SIGKILL')
        }
        await exited
        const store = await opened()
        for (const [key, revision] of acknowledged) expect((await store.get(key)).kv?.modRevision, key).toBe(revision)
        const { kvs, revision } = await store.range(everything)
        expect(Math.max(...kvs.map(kv => kv.modRevision))).toBe(revision)
        expect(new Set(kvs.map(kv => kv.modRevision)).size).toBe(kvs.length)
        await store.close()
      }
    },
  )

  test('writers of one key build on what is on its way to the disk, many to a commit', async () => {
    const store = await opened()
    await store.put({ key: '/n', value: Buffer.from('0'), expected: 0 })
    const seen: number[] = []
    const stop = new AbortController()
    store.watch({
      ...everything,
      onEvents: events => void seen.push(events.length),
      onEnd: () => undefined,
      signal: stop.signal,
    })
    const durable = (await store.get('/n')).kv
    const results = await Promise.all(
      Array.from({ length: 200 }, () => {
        const current = (store.pending?.('/n') ?? { kv: durable }).kv
        const value = Buffer.from(String(Number(Buffer.from(current?.value ?? []).toString()) + 1))
        return store.put({ key: '/n', value, expected: current?.modRevision ?? 0 })
      }),
    )
    expect(results.every(result => result.ok)).toBe(true)
    expect(Buffer.from((await store.get('/n')).kv?.value ?? []).toString()).toBe('200')
    expect(store.pending?.('/n')).toBeUndefined()
    // a call for each commit
    expect(seen).toEqual([64, 64, 64, 8])
    const gone = store.delete({ key: '/n', expected: results.at(-1)?.revision ?? 0 })
    expect(store.pending?.('/n')).toEqual({ kv: undefined })
    await gone
    stop.abort()
  })

  test('answers hundreds that write at once commit by commit, in order', async () => {
    const store = await opened()
    const told: number[] = []
    const stop = new AbortController()
    store.watch({
      ...everything,
      onEvents: events => void told.push(...events.map(event => event.modRevision)),
      onEnd: () => undefined,
      signal: stop.signal,
    })
    const answered: { revision: number; told: number; durable: number }[] = []
    const write = async (i: number) => {
      const { revision } = await store.put({ key: `/k/${i}`, value: Buffer.from('1'), expected: 0 })
      answered.push({ revision, told: told.length, durable: await store.revision() })
    }
    await Promise.all(Array.from({ length: 300 }, (_, i) => write(i)))
    stop.abort()
    const revisions = Array.from({ length: 300 }, (_, i) => 2 + i)
    expect(answered.map(({ revision }) => revision)).toEqual(revisions)
    expect(told).toEqual(revisions)
    // each had its event before; and the first ones need not wait for the last
    for (const one of answered) expect(one.durable).toBeGreaterThanOrEqual(one.revision)
    for (const [i, one] of answered.entries()) expect(one.told).toBeGreaterThan(i)
    expect(answered[0]?.told).toBeLessThan(300)
  })

  test('is open in one process at a time, and says who has it', async () => {
    const store = await opened()
    await expect(openEmbeddedStore({ directory })).rejects.toThrow(
      `the store in ${directory} is in use by another process (pid ${process.pid}): stop that one first, or use another directory`,
    )
    await store.close()
    await opened()
  })

  test('works in a directory whose path is longer than a socket may be', async () => {
    const parent = directory
    directory = join(directory, 'd'.repeat(120))
    const store = await opened()
    await expect(openEmbeddedStore({ directory })).rejects.toThrow('is in use')
    await store.close()
    directory = parent
  })

  test('says what to do with a store of a newer format', async () => {
    await (await opened()).close()
    const root = open({ path: join(directory, 'data.mdb'), encoding: 'binary', maxDbs: 8 })
    await root
      .openDB({ name: 'meta', encoding: 'binary', keyEncoder: stringKeys } as never)
      .put('format', Buffer.from('6'))
    await root.close()
    await expect(openEmbeddedStore({ directory })).rejects.toThrow(
      /written by a newer version of kubets \(format 6, this version reads up to 5\): run that version/,
    )
  })

  test.each([
    ['empty', async (path: string) => truncate(path, 0)],
    ['cut off in its first pages', async (path: string) => truncate(path, 5000)],
    ['cut off later', async (path: string) => truncate(path, Math.floor((await stat(path)).size / 8192) * 4096)],
    ['text', async (path: string) => writeFile(path, 'hello, this is no database\n'.repeat(1000))],
    ['zeros', async (path: string) => writeFile(path, Buffer.alloc(100_000))],
  ])('says what to do with a data file that is %s', async (_, damage) => {
    const store = await opened()
    for (let i = 0; i < 20; i++) await store.put({ key: `/${i}`, value: Buffer.alloc(4000, i), expected: 0 })
    await store.close()
    await damage(join(directory, 'data.mdb'))
    const failure = openEmbeddedStore({ directory })
    await expect(failure).rejects.toThrow(StoreOpenError)
    await expect(failure).rejects.toThrow(/is damaged \(data\.mdb.*\): restore a snapshot .*or move the directory away/)
  })

  test('compaction gives space back: the file stays a small multiple of what lives', async () => {
    const store = await opened()
    const random = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 31 + i * 7) % 251))
    const revisions = new Map<string, number>()
    const round = async () => {
      for (let i = 0; i < 100; i++) {
        const key = `/${i}`
        const result = await store.put({ key, value: random, expected: revisions.get(key) ?? 0 })
        revisions.set(key, result.revision)
      }
    }
    for (let i = 0; i < 3; i++) await round()
    await store.compact(await store.revision())
    const settled = (await stat(join(directory, 'data.mdb'))).size
    for (let i = 0; i < 12; i++) {
      await round()
      await store.compact(await store.revision())
    }
    expect((await stat(join(directory, 'data.mdb'))).size).toBeLessThan(settled * 2)
    expect((await store.range({ ...everything, countOnly: true })).count).toBe(100)
  })

  describe('values of all sizes that replace each other, compacted as the api-server does', () => {
    /** The file's length after each five rounds. */
    async function sizesOf(writer: Writer, rounds: number): Promise<number[]> {
      const at = join(directory, writer)
      await using store = await openEmbeddedStore({ directory: at, durability: 'none', writer })
      const noise = randomBytes(8_000)
      const revisions: number[] = Array.from({ length: 100 }, () => 0)
      let boundary = 0
      const sizes: number[] = []
      for (let round = 0; round < rounds; round++) {
        await Promise.all(
          revisions.map(async (expected, i) => {
            const from = (round * 37 + i * 101) % 2_000
            const value = noise.subarray(from, from + 2_000 + ((round * 7_919 + i * 104_729) % 4_000))
            revisions[i] = (await store.put({ key: `/${i}`, value, expected })).revision
          }),
        )
        if (round % 5 !== 4) continue
        // up to where the store stood one interval ago
        if (boundary > 0) await store.compact(boundary)
        boundary = await store.revision()
        sizes.push((await stat(join(at, 'data.mdb'))).size)
      }
      return sizes
    }

    test.each(['loop', 'thread'] as const)('do not make the file grow, written by the %s', async writer => {
      const sizes = await sizesOf(writer, 100)
      expect(sizes.at(-1)).toBeLessThan((sizes[4] ?? 0) * 1.2)
    })

    // a commit of LMDB has many of ours then: the pages that it leaves can be used again two of its commits later
    test('make it a few of these commits longer, and no more, behind a journal', async () => {
      const bare = (await sizesOf('thread', 50)).at(-1) ?? 0
      const sizes = await sizesOf('journal', 200)
      expect(sizes.at(-1)).toBeLessThan(bare * 2.5)
    })
  })

  test('a compaction that was cut short goes on when the store opens again', async () => {
    const store = await opened()
    let revision = 0
    for (let i = 0; i < 2_000; i++)
      revision = (await store.put({ key: '/a', value: Buffer.from('x'), expected: revision })).revision
    const compacting = store.compact(revision)
    await expect.poll(() => store.get('/a', { revision: 5 }).catch(String)).toMatch('CompactedError')
    await store.close()
    await compacting
    const again = await opened()
    // a second compaction waits for the first: what it leaves is what lives
    const next = await again.put({ key: '/a', value: Buffer.from('y'), expected: revision })
    await again.compact(next.revision)
    await again.close()
    const root = open({ path: join(directory, 'data.mdb'), encoding: 'binary', maxDbs: 8 })
    const log = root.openDB({ name: 'log', encoding: 'binary', keyEncoding: 'binary' })
    expect(log.getKeysCount()).toBe(1)
    await root.close()
  })

  test('of two compactions at once the higher boundary stays, also after the store opens again', async () => {
    const store = await opened()
    const first = await store.put({ key: '/a', value: Buffer.from('1'), expected: 0 })
    const second = await store.put({ key: '/a', value: Buffer.from('2'), expected: first.revision })
    await Promise.allSettled([store.compact(second.revision), store.compact(first.revision)])
    await store.close()
    const again = await opened()
    await expect(again.range({ ...everything, revision: first.revision })).rejects.toThrow(CompactedError)
  })

  test('compactions that follow each other closely leave what lives, wherever the one before stands', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const at = join(directory, `close-${turns}`)
      const store = await openEmbeddedStore({ directory: at })
      let revision = 0
      const put = async () => {
        const { revision: next } = await store.put({ key: '/a', value: Buffer.from('x'), expected: revision })
        revision = next
      }
      for (let i = 0; i < 3; i++) await put()
      const first = store.compact(2)
      // a little later each time: at some of them the first is just about to end
      for (let i = 0; i < turns; i++) await new Promise(resolve => (i % 2 === 0 ? setImmediate(resolve) : resolve(0)))
      const second = store.compact(revision)
      await Promise.all([first, second])
      await store.close()
      const root = open({ path: join(at, 'data.mdb'), encoding: 'binary', maxDbs: 8 })
      expect(root.openDB({ name: 'log', encoding: 'binary', keyEncoding: 'binary' }).getKeysCount(), `${turns}`).toBe(1)
      await root.close()
    }
  })

  test.each(['loop', 'thread'])(
    'when the disk is full, writes by the %s fail, nothing acknowledged is lost, and writing goes on when there is room',
    async writer => {
      // a limit on the size of files stands for a full disk: the same system calls fail
      const child = spawn('prlimit', [
        '--fsize=3000000:20000000',
        process.execPath,
        fixture('disk-full.ts'),
        directory,
        writer,
      ])
      let output = ''
      let complaints = ''
      child.stdout.on('data', data => {
        output += data
      })
      child.stderr.on('data', data => {
        complaints += data
      })
      expect(await new Promise(resolve => child.once('exit', resolve)), complaints).toBe(0)
      const { acknowledged, failed, failure, afterwards, revision } = JSON.parse(output)
      expect(failure).toMatch(/^CommitFailedError: the write did not reach the disk: /)
      expect(failed).toBeGreaterThan(0)
      expect(acknowledged.length).toBeGreaterThan(10)
      expect(afterwards).toEqual({ ok: true, revision: revision + 1 })
      const store = await opened()
      expect((await store.range(everything)).kvs.map(kv => kv.key)).toEqual([...acknowledged, '/room'].sort())
      expect(await store.revision()).toBe(revision + 1)
    },
  )

  test('a store whose folder was taken away fails its writes, and nothing else', async () => {
    const store = await opened()
    await store.put({ key: '/a', value: Buffer.from('1'), expected: 0 })
    await rm(directory, { recursive: true })
    // what the disk said a moment ago is trusted
    let tries = 0
    await expect
      .poll(() => store.put({ key: `/b${tries++}`, value: Buffer.from('1'), expected: 0 }).then(String, String))
      .toMatch(/^CommitFailedError: the write did not reach the disk: ENOENT/)
    expect((await store.get('/a')).kv?.modRevision).toBe(2)
  })

  test('leases run anew when the store opens, and end by the clock that it was given', async () => {
    const clock = manualClock()
    const store = await opened({ clock })
    const lease = await store.grantLease(100)
    await store.put({ key: '/a', value: Buffer.from('1'), expected: 0, lease })
    clock.advance(90_000)
    await store.close()
    const again = await opened({ clock })
    clock.advance(90_000)
    expect((await again.get('/a')).kv).toBeDefined()
    clock.advance(10_001)
    await expect.poll(async () => (await again.get('/a')).kv).toBeUndefined()
  })

  test('keeps its files to its owner', async () => {
    await rm(directory, { recursive: true })
    await opened()
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await readFile(join(directory, 'data.mdb'))).length).toBeGreaterThan(0)
  })
})

const stringKeys = {
  writeKey: (key: string, target: Buffer, start: number) => start + target.write(key, start, 'utf8'),
  readKey: (source: Buffer, start: number, end: number) => source.toString('utf8', start, end),
}

function manualClock(): Clock & { advance(ms: number): void } {
  let now = 0
  const timers = new Set<{ at: number; callback: () => void }>()
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(ms) {
      now += ms
      for (const timer of timers)
        if (timer.at <= now) {
          timers.delete(timer)
          timer.callback()
        }
    },
  }
}
