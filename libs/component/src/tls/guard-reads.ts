import type { TLSSocket } from 'node:tls'

interface Handle {
  onread: (this: Handle, data: ArrayBuffer | undefined) => unknown
}

/**
 * What still comes for a connection that we have ended is dropped. TLS hands over all records of one packet, one after the other; Node 24 takes those that
 * come behind the one for which the socket was destroyed for the number of an error, throws, and the process ends: whoever sends a bad request and something
 * behind it could bring that about.
 */
export function guardReads(socket: TLSSocket): void {
  const handle = (socket as unknown as { _handle: Handle | null })._handle
  if (handle === null) return
  const read = handle.onread
  handle.onread = function (data) {
    return socket.destroyed ? undefined : read.call(this, data)
  }
}
