/** Upstream's programs, built from their Go modules and kept outside of the repository, and API servers to be compared. */
export { built } from './build.ts'
export { peersFolder } from './cache-folder.ts'
export { startChild, untilReady } from './child-process.ts'
export { freePort } from './free-port.ts'
export { startKubeApiserver } from './kube-apiserver.ts'
export { startKubetsApiServer } from './kubets-api-server.ts'
export { adminToken, makeIdentity, type Peer, type PeerOptions } from './peer.ts'
export { kubernetesVersion } from './programs.ts'
