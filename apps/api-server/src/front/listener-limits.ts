/** What one connection and one request may take before anybody knows who asks. Times are milliseconds. */
export interface ListenerLimits {
  /** Request line and headers together, as upstream. Beyond it: 431. Over HTTP/2 the stream is refused. */
  readonly headerBytes: number
  /** Beyond it: 431, or a refused stream. Node would leave the rest out silently, and with it what a front proxy adds behind its client's headers. */
  readonly headerCount: number
  /** For the TLS handshake. Upstream bounds it by the time for the headers. */
  readonly handshakeTimeout: number
  /** For a request's line and headers, from the connection's begin or the first byte: 408, and the connection ends. */
  readonly headersTimeout: number
  /** A connection without a request is closed after it: upstream's figure. Node's 5 s would have clients connect anew all the time. */
  readonly idleTimeout: number
  /** Requests that one HTTP/2 connection may have open at once; the client waits for one to end. client-go expects 250 or more. */
  readonly http2Streams: number
}

export const listenerLimits: ListenerLimits = {
  headerBytes: 1024 * 1024,
  headerCount: 2_000,
  handshakeTimeout: 32_000,
  headersTimeout: 32_000,
  idleTimeout: 90_000,
  http2Streams: 1_000,
}

/** How often connections are looked at: a time-out ends at most so much later. */
export function checkInterval({ headersTimeout, idleTimeout }: ListenerLimits): number {
  return Math.max(20, Math.min(5_000, headersTimeout / 4, idleTimeout / 4))
}
