import type { Socket } from 'node:net'

interface Handle {
  readStart(): number
}

/**
 * Reads a connection of HTTP/2 that Node may have stopped reading for good. Node reads none of which a write is under way; and under TLS it may never hear how
 * one ended: when the peer resets the connection, and two TLS records of its came before that in one packet, what is written in answer to the first one fails, and
 * what is written in answer to the second is neither sent nor told to have failed. Then the end of the connection is not heard of either: its streams stay open,
 * and closing them waits as well. Who holds such a connection calls this now and then. Where all is well it changes nothing; where the peer is slow to take
 * a write, the next packet makes Node stop again.
 */
export function readOn(socket: Socket): void {
  const { _handle: handle } = socket as unknown as { _handle: Handle | null }
  handle?.readStart()
}
