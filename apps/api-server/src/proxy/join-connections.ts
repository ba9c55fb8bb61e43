import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

interface Side {
  socket: Duplex
  head: Buffer
}

/** The head of the answer that ends HTTP on a connection, as the other side gave it. */
export function switchingProtocols(response: IncomingMessage): string {
  const lines = [`HTTP/1.1 101 ${response.statusMessage || 'Switching Protocols'}`]
  for (let i = 0; i + 1 < response.rawHeaders.length; i += 2)
    lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

/**
 * Passes bytes between two connections until both are over. Each direction ends for itself (half-close), and a slow reader holds
 * the other side back: no more than the sockets' own buffers stand in between. If one side breaks, so does the other.
 */
export async function joinConnections(a: Side, b: Side): Promise<void> {
  if (a.head.length > 0) b.socket.write(a.head)
  if (b.head.length > 0) a.socket.write(b.head)
  // 'pipe' ends the target when the source ends, and no more than that
  a.socket.pipe(b.socket)
  b.socket.pipe(a.socket)
  await Promise.all([over(a.socket, b.socket), over(b.socket, a.socket)])
}

function over(socket: Duplex, other: Duplex): Promise<void> {
  return new Promise(resolve => {
    socket.once('error', () => other.destroy())
    socket.once('close', () => {
      // closed before it had ended: the other side's end would be a lie
      if (!socket.readableEnded) other.destroy()
      else if (!other.writableEnded) other.end()
      resolve()
    })
    if (socket.destroyed) {
      other.destroy()
      resolve()
    }
  })
}
