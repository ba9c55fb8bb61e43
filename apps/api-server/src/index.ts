/** The api-server: the only service that talks to the store, and the one that all others talk to. */
export type { ApiServerOptions } from './options.ts'
export { type ApiServer, startApiServer } from './start-api-server.ts'
