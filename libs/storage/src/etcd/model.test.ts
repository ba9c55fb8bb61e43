import { afterAll, beforeAll } from 'vitest'
import { keyValueStoreModelSuite } from '../conformance/model/index.ts'
import { openEtcdStore } from './index.ts'
import { type EtcdServer, startEtcdServer } from './server.ts'

let server: EtcdServer
beforeAll(async () => {
  server = await startEtcdServer()
})
afterAll(() => server[Symbol.asyncDispose]())

keyValueStoreModelSuite('the etcd store', {
  open: () => openEtcdStore({ endpoints: [server.endpoint] }),
  runs: 150,
  length: 15,
  reopen: true,
})
