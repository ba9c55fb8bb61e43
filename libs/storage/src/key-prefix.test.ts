import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedStore } from './index.ts'
import { normalizedPrefix, withKeyPrefix } from './key-prefix.ts'

test.each([
  ['/registry', '/registry/'],
  ['registry', '/registry/'],
  ['/one//two/', '/one/two/'],
  ['/one/../two/.', '/two/'],
  ['', '/'],
  ['/', '/'],
])('the prefix %j is %j in the store', (given, wanted) => {
  expect(normalizedPrefix(given)).toBe(wanted)
})

test('objects lie under the prefix, and the key of the compactor where all servers look for it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-key-prefix-'))
  try {
    await using inner = await openEmbeddedStore({ directory: join(directory, 'store') })
    const store = withKeyPrefix(inner, 'teams/blue')
    await inner.put({ key: '/registry/pods/a/theirs', value: Buffer.from('1'), expected: 0 })
    const from = (await store.revision()) + 1
    await store.put({ key: '/registry/pods/a/b', value: Buffer.from('1'), expected: 0 })
    await store.put({ key: 'compact_rev_key', value: Buffer.from('1'), expected: 0 })
    const { kvs } = await inner.range({ start: '\0', end: '\u007f' })
    expect(kvs.map(({ key }) => key)).toEqual(['/registry/pods/a/theirs', '/teams/blue/pods/a/b', 'compact_rev_key'])
    const all = await store.range({ start: '/registry/', end: '/registry0' })
    expect(all.kvs.map(({ key }) => key)).toEqual(['/registry/pods/a/b'])
    const refused = await store.put({ key: '/registry/pods/a/b', value: Buffer.from('2'), expected: 0 })
    expect(refused).toMatchObject({ ok: false, current: { key: '/registry/pods/a/b' } })
    const seen: string[] = []
    const stop = new AbortController()
    store.watch({
      start: '/registry/',
      end: '/registry0',
      from,
      onEvents: events => void seen.push(...events.map(({ key }) => key)),
      onEnd: () => undefined,
      signal: stop.signal,
    })
    await expect.poll(() => seen).toEqual(['/registry/pods/a/b'])
    stop.abort()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
