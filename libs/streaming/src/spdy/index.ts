/** SPDY/3.1, as far as Kubernetes uses it and in the dialect of moby/spdystream. */
export { SpdyConnection, type SpdyConnectionOptions } from './connection.ts'
export type { SpdyHeaders } from './header-block.ts'
export { SpdyStream } from './stream.ts'
