/** The store on a real etcd (3.4 or newer). etcd3 and grpc-js are loaded with this file: import it lazily. */
export { EtcdUnavailableError } from './errors.ts'
export { type EtcdStoreOptions, openEtcdStore } from './store.ts'
