import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompactedError, openEmbeddedStore } from '@kubets/storage'
import { breakable } from '@kubets/storage/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { openWatch } from '../testing/watch-reader.ts'

const undo = new AsyncDisposableStack()
let api: TestApiServer
let flaky: ReturnType<typeof breakable>
const path = '/api/v1/namespaces/default/configmaps'

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-rebuilding-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  flaky = breakable(undo.use(await openEmbeddedStore({ directory })))
  api = undo.use(await testApiServer({ store: flaky.store }))
})
afterAll(() => undo.disposeAsync())

const create = (name: string) => api.h2.request('POST', path, { body: { metadata: { name } } })

async function rebuilding() {
  const before = flaky.scans
  const scan = flaky.holdScans()
  flaky.breakWatch(new CompactedError(1))
  await expect.poll(() => flaky.scans).toBe(before + 1)
  return scan
}

it('a watch that comes while the cache is rebuilt waits for it; writes and reads of any age go on', async () => {
  await create('before')
  const scan = await rebuilding()
  const watch = openWatch(api.h1, `${path}?watch=1`)
  expect((await create('meanwhile')).status).toBe(201)
  const { json } = await api.h2.request('GET', `${path}?resourceVersion=0`)
  expect(json.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toContain('before')
  scan.resolve()
  const seen = await (await watch).until(({ object }) => object.metadata.name === 'meanwhile')
  expect(seen.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual(['ADDED before', 'ADDED meanwhile'])
  ;(await watch).close()
})

it('one that has waited for three seconds is told to come again', async () => {
  const scan = await rebuilding()
  const reply = await api.h1.request('GET', `${path}?watch=1&resourceVersion=1`)
  expect([reply.status, reply.headers['retry-after'], reply.json.reason, reply.json.message]).toEqual([
    429,
    '1',
    'TooManyRequests',
    'storage is (re)initializing: etcdserver: mvcc: required revision has been compacted',
  ])
  scan.resolve()
  // history is gone: the client lists again
  const watch = await openWatch(api.h1, `${path}?watch=1&resourceVersion=1`)
  expect((await watch.next())?.object).toMatchObject({ code: 410, reason: 'Expired' })
})
