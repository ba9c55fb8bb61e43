import type { TLSSocket } from 'node:tls'

/** TLS has encrypted, or copied, what it was given when `write` returns: all connections put their answers together in one place. */
const memory = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Memory for so many bytes that are written to `socket` at once; undefined for more of them than are worth putting together. Whatever waits for an earlier write keeps
 * memory of its own.
 */
export function scratch(socket: TLSSocket, length: number): Buffer | undefined {
  if (length > memory.length) return undefined
  return socket.encrypted && socket.writableLength === 0 && socket.writableCorked === 0
    ? memory.subarray(0, length)
    : Buffer.allocUnsafe(length)
}
