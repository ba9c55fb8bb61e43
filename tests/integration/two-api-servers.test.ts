import { openEtcdStore } from '@kubets/storage'
import { type EtcdServer, startEtcdServer } from '@kubets/storage/etcd-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../apps/api-server/src/testing/api-server.ts'

const collection = '/api/v1/namespaces/default/configmaps'
const stack = new AsyncDisposableStack()
let etcd: EtcdServer
let servers: TestApiServer[]

beforeAll(async () => {
  etcd = stack.use(await startEtcdServer())
  servers = []
  for (const i of [1, 2]) {
    const store = stack.use(await openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/another/prefix' }))
    servers.push(stack.use(await testApiServer({ store, advertiseAddress: `192.0.2.${i}` })))
  }
})
afterAll(() => stack.disposeAsync())

const server = (i: number) => servers[i % servers.length] as TestApiServer

describe('two api-servers on one etcd, under a prefix of its own', () => {
  it('a write that one has acknowledged is seen by the next GET and LIST of the other', async () => {
    for (let i = 0; i < 40; i++) {
      const [one, other] = [server(i), server(i + 1)]
      const name = `seen-${i}`
      const made = await one.h2.request('POST', collection, { body: { metadata: { name } } })
      expect(made.status).toBe(201)
      const got = await other.h2.request('GET', `${collection}/${name}`)
      expect([got.status, got.json.metadata.resourceVersion]).toEqual([200, made.json.metadata.resourceVersion])
      const body = { ...got.json, data: { i: String(i) } }
      const put = await other.h2.request('PUT', `${collection}/${name}`, { body })
      expect(put.status).toBe(200)
      const list = await one.h2.request('GET', collection)
      const item = list.json.items.find((object: { metadata: { name: string } }) => object.metadata.name === name)
      expect(item.metadata.resourceVersion).toBe(put.json.metadata.resourceVersion)
      expect((await other.h2.request('DELETE', `${collection}/${name}`)).status).toBe(200)
      expect((await one.h2.request('GET', `${collection}/${name}`)).status).toBe(404)
    }
  })

  it('a client that changes servers never sees time go backwards', async () => {
    const name = 'clock'
    expect((await server(0).h2.request('POST', collection, { body: { metadata: { name } } })).status).toBe(201)
    let stop = false
    const writing = (async () => {
      for (let i = 0; !stop; i++) {
        const patch = {
          body: JSON.stringify({ data: { i: String(i) } }),
          headers: { 'content-type': 'application/merge-patch+json' },
        }
        await server(i).h2.request('PATCH', `${collection}/${name}`, patch)
      }
    })()
    let object = 0
    let list = 0
    for (let i = 0; i < 200; i++) {
      const got = Number((await server(i).h2.request('GET', `${collection}/${name}`)).json.metadata.resourceVersion)
      expect(got).toBeGreaterThanOrEqual(object)
      object = got
      const listed = Number((await server(i + 1).h2.request('GET', collection)).json.metadata.resourceVersion)
      expect(listed).toBeGreaterThanOrEqual(Math.max(list, object))
      list = listed
    }
    stop = true
    await writing
  })

  it('a token is believed at once, whichever has made its account', async () => {
    const accounts = '/api/v1/namespaces/default/serviceaccounts'
    for (let i = 0; i < 40; i++) {
      const [one, other] = [server(i), server(i + 1)]
      const name = `robot-${i}`
      expect((await other.h2.request('POST', accounts, { body: { metadata: { name } } })).status).toBe(201)
      const { json } = await one.h2.request('POST', `${accounts}/${name}/token`, { body: { spec: {} } })
      const headers = { authorization: `Bearer ${json.status.token}` }
      expect((await one.h2.request('GET', '/api', { headers })).status).toBe(200)
      expect((await other.h2.request('DELETE', `${accounts}/${name}`)).status).toBe(200)
      const again = await other.h2.request('POST', accounts, { body: { metadata: { name } } })
      expect(again.status).toBe(201)
      const { json: next } = await one.h2.request('POST', `${accounts}/${name}/token`, { body: { spec: {} } })
      const renewed = { authorization: `Bearer ${next.status.token}` }
      expect((await one.h2.request('GET', '/api', { headers: renewed })).status).toBe(200)
    }
  })

  it('both stand in the endpoints of the Service kubernetes', async () => {
    const { json } = await server(0).h2.request('GET', '/api/v1/namespaces/default/endpoints/kubernetes')
    expect(json.subsets[0].addresses).toEqual([{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }])
  })

  it('their objects lie under the prefix', async () => {
    await using raw = await openEtcdStore({ endpoints: [etcd.endpoint] })
    expect((await raw.range({ start: '/registry/', end: '/registry0' })).count).toBe(0)
    expect((await raw.get('/another/prefix/masterleases/192.0.2.2')).kv?.lease).toBeGreaterThan(0n)
  })

  it('events share a lease', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `event-${i}`)
    for (const name of names) {
      const body = {
        metadata: { name },
        involvedObject: { kind: 'Pod', namespace: 'default', name: 'x' },
        reason: 'Why',
      }
      const made = await server(0).h2.request('POST', '/api/v1/namespaces/default/events', { body })
      expect(made.status).toBe(201)
    }
    const { kvs } = await server(0).store.range({ start: '/registry/events/', end: '/registry/events0' })
    const leases = new Set(kvs.filter(({ key }) => key.includes('event-')).map(({ lease }) => lease))
    expect(leases.size).toBe(1)
    expect([...leases][0]).toBeGreaterThan(0n)
  })
})
