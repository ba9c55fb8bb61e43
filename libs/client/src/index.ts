/** The house's own client: typed requests over one http2 session, informers, work queue, leader election, events. */

export { type ClientOptions, createClient } from './client.ts'
export * from './contract.ts'
export {
  type KubeconfigChoice,
  KubeconfigError,
  type KubeconfigSource,
  loadKubeconfig,
} from './kubeconfig/load-kubeconfig.ts'
export { resources } from './resources.ts'
export { ClientUnavailableError, ConnectionError } from './transport/errors.ts'
