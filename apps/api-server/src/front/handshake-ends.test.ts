import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { createServer as createTlsServer, connect as secure } from 'node:tls'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { expect, it } from 'vitest'
import { HandshakeEnds } from './handshake-ends.ts'
import { nameOf } from './peer.ts'

/** Knows whether it is read. */
class Client {
  destroyed = false
  read = true
  readonly _handle = {
    readStart: () => {
      this.read = true
      return 0
    },
    readStop: () => {
      this.read = false
      return 0
    },
  }
}

function begun(count: number, now: () => number = () => 0) {
  const ends = new HandshakeEnds(now)
  const clients = Array.from({ length: count }, () => new Client())
  const begin = () => {
    for (const [i, client] of clients.entries()) ends.began(String(i), client as unknown as Socket)
  }
  begin()
  const over = (from: number, to: number) => {
    for (let i = from; i < to; i++) ends.over(String(i))
  }
  return { ends, clients, over, read: () => clients.filter(({ read }) => read).length }
}

it('when six have ended in a turn the others are read no further, and go on six a turn', async () => {
  const { over, read, clients } = begun(30)
  over(0, 5)
  expect(read()).toBe(30)
  over(5, 6)
  expect(read()).toBe(6)
  await turn()
  expect(read()).toBe(12)
  while (read() < 30) {
    const before = read()
    await turn()
    // two of our turns may lie between two of the loop's as a promise sees them
    expect(read() - before).toBeLessThanOrEqual(12)
  }
  expect(clients.every(({ read }) => read)).toBe(true)
})

it('where each takes long fewer of them do', async () => {
  let now = 0
  const { over, read } = begun(30, () => now)
  over(0, 1)
  now = 2
  over(1, 2)
  expect(read()).toBe(30)
  now = 4
  over(2, 3)
  expect(read()).toBe(3)
  await turn()
  expect(read()).toBe(9)
})

it('five a turn hold nobody back', async () => {
  const { over, read } = begun(30)
  for (let i = 0; i < 25; i += 5) {
    over(i, i + 5)
    await turn()
  }
  expect(read()).toBe(30)
})

it('those who have said nothing for long are left alone, and those who are gone', async () => {
  let now = 0
  const { ends, over, read, clients } = begun(10, () => now)
  now = 5_000
  const late = new Client()
  ends.began('late', late as unknown as Socket)
  const gone = new Client()
  ends.began('gone', gone as unknown as Socket)
  over(0, 6)
  expect([read(), late.read, gone.read]).toEqual([10, false, false])
  gone.destroyed = true
  await turn()
  expect([late.read, gone.read, clients.length]).toEqual([true, false, 10])
})

it('answers that come together end a few a turn', async () => {
  const authority = await createCertificateAuthority('test')
  const pair = await issueCertificate(authority, { commonName: 'server', dnsNames: ['localhost'], usages: ['server'] })
  const ends = new HandshakeEnds(() => performance.now())
  const server = createTlsServer(pair)
  const sockets: Socket[] = []
  let open = true
  let [inTurn, most, over] = [0, 0, 0]
  server.on('secureConnection', socket => {
    socket.on('error', () => undefined)
    over++
    most = Math.max(most, ++inTurn)
    ends.over(nameOf(socket))
  })
  const port = createServer(socket => {
    sockets.push(socket)
    ends.began(nameOf(socket), socket)
    server.emit('connection', socket)
  })
  port.listen(0, '127.0.0.1')
  await once(port, 'listening')
  const clients = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const raw = connect((port.address() as AddressInfo).port, '127.0.0.1')
      await once(raw, 'connect')
      const client = secure({ socket: raw, rejectUnauthorized: false })
      const handle = (raw as unknown as { _handle: { readStart(): void; readStop(): void } })._handle
      // what the server says waits until all are asked
      handle.readStop()
      return { client, handle }
    }),
  )
  const answered = () => sockets.filter(({ bytesWritten }) => bytesWritten > 0).length
  while (answered() < clients.length) await turn()
  for (const { handle } of clients) handle.readStart()
  const count = () => {
    inTurn = 0
    if (open) setImmediate(count)
  }
  count()
  while (over < clients.length) await turn()
  open = false
  for (const { client } of clients) client.destroy()
  for (const socket of sockets) socket.destroy()
  port.close()
  await once(port, 'close')
  expect(most).toBeLessThanOrEqual(6)
})
