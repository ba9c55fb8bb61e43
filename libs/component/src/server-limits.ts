import type { Server, ServerOptions } from 'node:http'

/** Connections of a small server (health, metrics, a runtime's streams). One more is closed at once. */
const maxConnections = 1_024

/**
 * What strangers may take of a small HTTP server: 10 s for the headers, 30 s for a whole request, half a minute between two. `headerBytes`: request line
 * and headers; beyond it 431.
 */
export function serverLimits(headerBytes = 16 * 1024): ServerOptions {
  return {
    maxHeaderSize: headerBytes,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 30_000,
    connectionsCheckingInterval: 5_000,
  }
}

/** The rest of them, which Node has no option for. */
export function limitConnections(server: Server): void {
  server.maxConnections = maxConnections
}
