/** What runs outside of the nodes: the way to registries, and the sender of archives. Without the runtime itself. */
export { loadImage } from './images/load-client.ts'
export { startPuller } from './images/registry/puller.ts'
