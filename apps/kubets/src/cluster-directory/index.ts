/** A cluster's folder: what it is, who runs it. */
export type { ClusterConfig } from './cluster-config.ts'
export {
  type ClusterDirectory,
  claim,
  clusterId,
  openClusterDirectory,
  removeClusterDirectory,
} from './cluster-directory.ts'
export { endProcess, identify, isAlive, type ProcessIdentity, signal } from './process-identity.ts'
