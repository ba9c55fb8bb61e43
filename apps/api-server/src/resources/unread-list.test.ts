import { describe, expect, it } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'
import { openWatch } from '../testing/watch-reader.ts'

const count = 6_400
const size = 10_000

describe('one connection, as client-go uses it', () => {
  it('answers GETs and 300 watches beside a LIST of 64 MB that nobody reads', async () => {
    await using api = await testApiServer()
    const value = (name: string) =>
      Buffer.from(
        `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"${name}","namespace":"default","uid":"u-${name}","creationTimestamp":"2026-01-01T00:00:00Z"},"data":{"t":"${'x'.repeat(size)}"}}`,
      )
    for (let from = 0; from < count; from += 100)
      await api.store.createAll(
        Array.from({ length: 100 }, (_, i) => `c${from + i}`).map(name => ({
          key: `/registry/configmaps/default/${name}`,
          value: value(name),
        })),
      )
    const path = '/api/v1/namespaces/default/configmaps'
    const before = process.memoryUsage.rss()
    const unread = await api.h2.stream('GET', path)
    expect(unread.status).toBe(200)
    const watches = await Promise.all(
      Array.from({ length: 300 }, () => openWatch(api.h2, '/api/v1/namespaces/kube-public/configmaps?watch=1')),
    )
    for (let i = 0; i < 100; i++) expect((await api.h2.request('GET', `${path}/c${i}`)).status).toBe(200)
    await api.h2.request('POST', '/api/v1/namespaces/kube-public/configmaps', { body: { metadata: { name: 'seen' } } })
    const events = await Promise.all(watches.map(w => w.next()))
    expect(events.every(e => e?.object.metadata.name === 'seen')).toBe(true)
    // server and clients are one process here: the list's 64 MB are in neither
    expect(process.memoryUsage.rss() - before).toBeLessThan(48 * 1024 * 1024)
    // and when somebody reads it after all, it is whole
    let bytes = 0
    for await (const chunk of unread.body) bytes += (chunk as Buffer).length
    expect(bytes).toBeGreaterThan(count * size)
    for (const watch of watches) watch.close()
  }, 60_000)
})
