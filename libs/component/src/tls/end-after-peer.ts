import type { TLSSocket } from 'node:tls'

/** So long a client that has ended its side may take for what is still written to it, ms. */
const patience = 10_000

const halfOpen = new WeakSet<TLSSocket>()

/** Who has taken a connection for another protocol keeps its two directions apart. */
export function keepHalfOpen(socket: TLSSocket): void {
  halfOpen.add(socket)
}

/**
 * Ends a connection of which the client has ended its side. Node's server does that too, once all is written; but where the client has reset the
 * connection, Node 24 may never hear how a write under TLS ended, and the socket stays for good: whoever asks and hangs up, again and again, could
 * take all files that the process may open.
 */
export function endAfterPeer(socket: TLSSocket, within = patience): void {
  socket.once('end', () => destroyWithin(socket, within))
}

/** Ends our side, drops what still comes, and does not wait for the client for long. Without a reader its end would never be heard of. */
export function endBothSides(socket: TLSSocket, within = patience): void {
  socket.end()
  socket.resume()
  destroyWithin(socket, within)
}

function destroyWithin(socket: TLSSocket, within: number): void {
  const timer = setTimeout(() => {
    if (!halfOpen.has(socket)) socket.destroy()
  }, within)
  socket.once('close', () => clearTimeout(timer))
}
