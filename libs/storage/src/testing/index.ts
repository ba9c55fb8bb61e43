/** What suites and tools above the store share. */
export * from '../encryption/testing/index.ts'
export { type EtcdServer, type EtcdServerOptions, startEtcdServer } from '../etcd/server.ts'
export { breakable } from './breakable-store.ts'
