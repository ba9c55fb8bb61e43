import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import { testCertificates } from '../../testing/api-server.ts'
import { Http1Connections } from '../http1/index.ts'
import { listenerLimits } from '../listener-limits.ts'

/** Connections wait for their turn behind the handshake: by then their client may have gone. */
it('a connection whose client has ended it before it is served is ended', async () => {
  const { authority, serving } = await testCertificates()
  await using undo = new AsyncDisposableStack()
  using connections = new Http1Connections(listenerLimits, () => expect.unreachable('nothing was asked'))
  const server = createServer({ ...serving, allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  undo.defer(() => void server.close())
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'secureConnection')
  const client = connect({ host: '127.0.0.1', port, ca: authority.cert }, () => client.end())
  undo.defer(() => void client.destroy())
  const [socket] = (await accepted) as [TLSSocket]
  undo.defer(() => void socket.destroy())
  if (!socket.readableEnded) await once(socket, 'end')
  expect(socket.writableEnded).toBe(false)
  connections.serve(socket)
  await expect.poll(() => socket.writableEnded).toBe(true)
})
