import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Victim } from '../victim.ts'
import type { RandomConnection } from './connection.ts'

/** A client that waits for an answer leaves when nothing has come for so long, ms. */
const quiet = 100
/** And whatever happens it is gone after this, ms: a server that reads no further must not hold the test. */
const longest = 15_000

/** Does what the connection is to do. Resolves with what the server has said once the socket is closed. */
export async function play(victim: Victim, connection: RandomConnection): Promise<string> {
  const transport = connectTcp(victim.port, '127.0.0.1')
  const socket = connection.transport === 'tls' ? secured(victim, connection, transport) : transport
  let said = ''
  let timer = setTimeout(() => socket.destroy(), longest)
  // cut off, refused, reset: all as it should be
  for (const one of [transport, socket]) one.on('error', () => undefined)
  const closed = once(socket, 'close').catch(() => undefined)
  let waits = false
  const awake = () => {
    clearTimeout(timer)
    timer = setTimeout(() => socket.destroy(), quiet)
  }
  socket.on('data', chunk => {
    said += chunk.toString('latin1')
    if (waits) awake()
  })
  const opened = once(socket, connection.transport === 'tls' ? 'secureConnect' : 'connect').then(() => true)
  if (await Promise.race([opened, closed.then(() => false)]).catch(() => false)) {
    transport.setNoDelay(true)
    for (const piece of connection.pieces) {
      if (socket.destroyed) break
      await Promise.race([new Promise<void>(resolve => socket.write(piece, () => resolve())), closed])
    }
    if (connection.end === 'closes') socket.destroy()
    else if (connection.end === 'resets') transport.resetAndDestroy()
    else {
      waits = true
      awake()
    }
  }
  if (!socket.closed) await once(socket, 'close').catch(() => undefined)
  clearTimeout(timer)
  transport.destroy()
  return said
}

function secured({ authority, objects }: Victim, { protocol, user }: RandomConnection, socket: Socket): Socket {
  const pair = user === 'nobody' ? {} : { cert: objects[user].cert, key: objects[user].key }
  return connectTls({ socket, host: '127.0.0.1', ca: authority.cert, ALPNProtocols: [protocol], ...pair })
}
