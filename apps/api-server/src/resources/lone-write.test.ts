import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore } from '@kubets/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RequestTurns } from '../handlers/request-turns.ts'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { openWatch } from '../testing/watch-reader.ts'
import { AnsweringStore } from './answering-store.ts'
import { FanOut, type Sending } from './fan-out.ts'

describe('a write that is alone', () => {
  it('is answered before its event goes to watchers, and behind the moment from which all see it', async () => {
    await using directory = await temporaryDirectory()
    // nobody else writes to it, as others may to that of a whole server
    await using store = new AnsweringStore(
      await openEmbeddedStore({ directory: directory.path }),
      new RequestTurns(() => 1),
    )
    const order: string[] = []
    const fanOut = new FanOut()
    const watcher: Sending = {
      queued: false,
      lane: fanOut.lane(),
      send: () => void order.push('event'),
      fail: error => {
        throw error
      },
    }
    const unwatch = new AbortController()
    store.watch({
      start: '/',
      end: '0',
      onEvents: (_, revision) => {
        order.push(`cache at ${revision}`)
        fanOut.add(watcher)
      },
      onEnd: () => undefined,
      signal: unwatch.signal,
    })
    for (let i = 0; i < 3; i++) {
      const { revision } = await store.put({ key: `/${i}`, value: Buffer.from('x'), expected: 0 })
      // as many steps as an answer may take
      for (let step = 0; step < 20; step++) await undefined
      order.push(`answer of ${revision}`)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(order).toEqual([2, 3, 4].flatMap(revision => [`cache at ${revision}`, `answer of ${revision}`, 'event']))
    unwatch.abort()
  })

  describe('through the front door', () => {
    let api: TestApiServer
    const path = '/api/v1/namespaces/default/configmaps'
    beforeAll(async () => {
      api = await testApiServer()
    })
    afterAll(() => api[Symbol.asyncDispose]())

    it('is told to each watcher once, in order', async () => {
      const { json } = await api.h1.request('GET', path)
      const after = `${path}?watch=1&resourceVersion=${json.metadata.resourceVersion}`
      const watches = await Promise.all([openWatch(api.h1, after), openWatch(api.h2, after)])
      await api.h1.request('POST', path, { body: { metadata: { name: 'alone' } } })
      await api.h1.request('PUT', `${path}/alone`, { body: { metadata: { name: 'alone', labels: { a: 'b' } } } })
      await api.h1.request('DELETE', `${path}/alone`)
      for (const watch of watches) {
        const events = await watch.until(event => event.type === 'DELETED')
        expect(events.map(event => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
        watch.close()
      }
    })

    it('is seen by whoever asks once it is answered, and by watches that begin then only where they ask for it', async () => {
      for (let i = 0; i < 20; i++) {
        const { json: created } = await api.h1.request('POST', path, { body: { metadata: { name: `seen-${i}` } } })
        const revision = created.metadata.resourceVersion
        const [{ status }, { json: list }] = await Promise.all([
          api.h1.request('GET', `${path}/seen-${i}`),
          api.h1.request('GET', `${path}?resourceVersion=0`),
        ])
        expect(status).toBe(200)
        expect(list.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toContain(`seen-${i}`)
        const from = await openWatch(api.h1, `${path}?watch=1&resourceVersion=${Number(revision) - 1}`)
        expect((await from.next())?.object.metadata.name).toBe(`seen-${i}`)
        const behind = await openWatch(api.h1, `${path}?watch=1&resourceVersion=${revision}`)
        await api.h1.request('DELETE', `${path}/seen-${i}`)
        expect((await behind.next())?.type).toBe('DELETED')
        for (const watch of [from, behind]) watch.close()
      }
    })
  })
})

async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'kubets-lone-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
