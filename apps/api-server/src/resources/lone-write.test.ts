import { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { openWatch } from '../testing/watch-reader.ts'

let api: TestApiServer
const path = '/api/v1/namespaces/default/configmaps'
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())
afterEach(() => void vi.restoreAllMocks())

/** What the server writes to sockets, in its order: status lines of answers, types of events. */
function told(): string[] {
  const found: string[] = []
  const { write } = TLSSocket.prototype
  vi.spyOn(TLSSocket.prototype, 'write').mockImplementation(function (this: TLSSocket, ...written: unknown[]) {
    const text = Buffer.from(written[0] as Uint8Array).toString('latin1')
    const what = /^HTTP\/1\.1 (\d+)|"type":"([A-Z]+)"/.exec(text)
    if (what !== null) found.push(what[1] ?? what[2] ?? '')
    return Reflect.apply(write, this, written)
  })
  return found
}

describe('a write that is alone', () => {
  it('is answered before its event goes to watchers, each of which gets it once', async () => {
    const { json } = await api.h1.request('GET', path)
    const after = `${path}?watch=1&resourceVersion=${json.metadata.resourceVersion}`
    const watches = await Promise.all([openWatch(api.h1, after), openWatch(api.h1, after)])
    const order = told()
    await api.h1.request('POST', path, { body: { metadata: { name: 'alone' } } })
    await api.h1.request('PUT', `${path}/alone`, { body: { metadata: { name: 'alone', labels: { a: 'b' } } } })
    await api.h1.request('DELETE', `${path}/alone`)
    for (const watch of watches) {
      const events = await watch.until(event => event.type === 'DELETED')
      expect(events.map(event => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
    }
    expect(order).toEqual(['201', 'ADDED', 'ADDED', '200', 'MODIFIED', 'MODIFIED', '200', 'DELETED', 'DELETED'])
    for (const watch of watches) watch.close()
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
