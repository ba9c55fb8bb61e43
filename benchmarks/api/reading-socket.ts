import type { TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

/** What all sockets read into, one after the other. */
const memory = Buffer.allocUnsafeSlow(64 * 1024)

/** Takes the first `length` bytes of `memory`, in whose place others stand when it has returned. */
export type Read = (memory: Buffer, length: number) => void

/**
 * A TLS socket whose bytes are told to `read`. A buffer for each piece would be garbage, and its collection, on threads of its
 * own, takes half a core from what is measured.
 */
export function readingSocket(options: ConnectionOptions, read: Read): TLSSocket {
  const onread: TcpNetConnectOpts['onread'] = {
    buffer: memory,
    callback(length) {
      read(memory, length)
      return true
    },
  }
  // TLS takes it as TCP does, which its types do not know
  return connect({ ...options, onread } as ConnectionOptions)
}
