/** Leads traffic to Services to their endpoints by nftables rules, as kube-proxy does. */
export { serviceProxyFlags } from './flags.ts'
export type { ServiceProxyOptions } from './options.ts'
export { startServiceProxyFromFlags } from './start-from-flags.ts'
export { cleanUp, type RunningServiceProxy, startServiceProxy } from './start-service-proxy.ts'
