import { afterAll, beforeAll } from 'vitest'
import { keyValueStoreSuite } from '../conformance/index.ts'
import { prefixEnd } from '../key-value-store.ts'
import { openEtcdStore } from './index.ts'
import { type EtcdServer, startEtcdServer } from './server.ts'

let server: EtcdServer
beforeAll(async () => {
  server = await startEtcdServer()
})
afterAll(() => server[Symbol.asyncDispose]())

keyValueStoreSuite('the etcd store', async () => {
  const store = await openEtcdStore({ endpoints: [server.endpoint] })
  const { kvs } = await store.range({ start: '/test/', end: prefixEnd('/test/') })
  for (let i = 0; i < kvs.length; i += 100)
    await Promise.all(kvs.slice(i, i + 100).map(({ key, modRevision }) => store.delete({ key, expected: modRevision })))
  return store
})
