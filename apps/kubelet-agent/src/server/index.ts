/** The kubelet's own HTTPS API, which the api-server uses. */
export type { KubeletServerHost, StreamingRuntime } from './host.ts'
export { type KubeletServer, type KubeletServerOptions, startKubeletServer } from './start-kubelet-server.ts'
