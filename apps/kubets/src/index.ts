/** A whole cluster inside a process: what test suites import. */
export type { EmbeddedCluster, StartClusterOptions } from './embed/cluster-types.ts'
export { startCluster } from './embed/start-cluster.ts'
