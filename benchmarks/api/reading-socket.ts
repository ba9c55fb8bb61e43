import type { TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

/** What all sockets read into, one after the other. */
const received = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * A TLS socket whose bytes are told to `read`, which is done with them when it returns: the next ones stand in their place. A buffer for each piece would be garbage,
 * and its collection, on threads of its own, takes half a core from what is measured.
 */
export function readingSocket(options: ConnectionOptions, read: (chunk: Buffer) => void): TLSSocket {
  const onread: TcpNetConnectOpts['onread'] = {
    buffer: received,
    callback(length) {
      read(received.subarray(0, length))
      return true
    },
  }
  // TLS takes it as TCP does, which its types do not know
  return connect({ ...options, onread } as ConnectionOptions)
}
