import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KeyValueStore } from '../key-value-store.ts'
import { DiskSpace } from './disk-space.ts'
import { openEmbeddedStore } from './index.ts'

describe.each(['thread', 'loop', 'journal'] as const)('commits that follow one another, by the %s', writer => {
  let directory: string
  let store: KeyValueStore
  /** What happens, in its order. */
  let told: string[]
  const unwatch: AbortController[] = []

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubets-group-commit-'))
    store = await openEmbeddedStore({ directory, writer })
    await put('/first')
    const watching = new AbortController()
    unwatch.push(watching)
    told = []
    store.watch({
      start: '/',
      end: '0',
      onEvents: events => void told.push(`events ${events.map(({ key }) => key).join(' ')}`),
      onEnd: () => undefined,
      signal: watching.signal,
    })
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    for (const watching of unwatch.splice(0)) watching.abort()
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })

  const put = (key: string) => store.put({ key, value: Buffer.from(key), expected: 0 })
  const toldPut = (key: string) =>
    put(key).then(
      () => void told.push(`written ${key}`),
      error => void told.push(`${error.name} ${key}`),
    )

  /** Calls `begun` for each commit, in the turn in which it begins. */
  function commits(begun: (count: number) => void): void {
    let count = 0
    const { ample } = DiskSpace.prototype
    vi.spyOn(DiskSpace.prototype, 'ample').mockImplementation(function (this: DiskSpace) {
      begun(++count)
      return ample.call(this)
    })
  }

  test('the next one begins when the one before is durable, before anybody is told of it', async () => {
    const later: Promise<void>[] = []
    commits(count => {
      told.push(`commit ${count}`)
      if (count === 1) later.push(toldPut('/b'), toldPut('/c'))
      if (count === 2) later.push(toldPut('/d'))
    })
    await toldPut('/a')
    for (const write of later) await write
    expect(told).toEqual([
      'commit 1',
      'commit 2',
      'events /a',
      'written /a',
      'commit 3',
      'events /b /c',
      'written /b',
      'written /c',
      'events /d',
      'written /d',
    ])
  })

  test('one that fails at once takes nothing from the one before', async () => {
    const later: Promise<void>[] = []
    commits(count => {
      if (count === 1) later.push(toldPut('/b'), toldPut('/a'))
      if (count === 2) throw new Error('the folder is gone')
    })
    await toldPut('/a')
    for (const write of later) await write
    expect(told.filter(line => line.endsWith('/a'))).toEqual(['events /a', 'written /a', 'written /a'])
    expect(told).toContain('CommitFailedError /b')
    expect((await store.get('/a')).kv?.modRevision).toBe(3)
    expect((await store.get('/b')).kv).toBeUndefined()
    vi.restoreAllMocks()
    expect(await put('/b')).toEqual({ ok: true, revision: 4 })
    await store.close()
    store = await openEmbeddedStore({ directory, writer })
    expect((await store.range({ start: '/', end: '0' })).kvs.map(({ key }) => key)).toEqual(['/a', '/b', '/first'])
  })

  test('a store that is closed meanwhile tells all of them first', async () => {
    let closed: Promise<void> | undefined
    const later: Promise<void>[] = []
    commits(count => {
      if (count === 1) later.push(toldPut('/b'))
      if (count === 2) closed = store.close().then(() => void told.push('closed'))
    })
    await toldPut('/a')
    for (const write of later) await write
    await closed
    expect(told).toEqual(['events /a', 'written /a', 'events /b', 'written /b', 'closed'])
  })
})
