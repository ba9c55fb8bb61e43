import type { Socket } from 'node:net'

/** Of a side that has ended nothing more is heard, not even that it has gone: when nothing has been written to it for so long, it is given up. Milliseconds. */
const patience = 15 * 60_000

/**
 * Joins two connections byte for byte, both ways, until both directions have ended or either side breaks. A side that stops reading stops the
 * other's writing; a side that ends (FIN, close_notify) ends the other's input only. When one breaks, the
 * other is closed; what came before an orderly end is still delivered.
 */
export async function splice(a: Socket, b: Socket, silence = patience): Promise<void> {
  for (const socket of [a, b]) {
    socket.allowHalfOpen = true
    socket.setTimeout(0)
    socket.on('error', () => undefined)
    socket.once('end', () => socket.setTimeout(silence, () => socket.destroy()))
  }
  a.pipe(b)
  b.pipe(a)
  await Promise.all([closed(a, b), closed(b, a)])
}

function closed(socket: Socket, other: Socket): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      if (socket.readableEnded) other.destroySoon()
      else other.destroy()
      resolve()
    }
    if (socket.destroyed) end()
    else socket.once('close', end)
  })
}
