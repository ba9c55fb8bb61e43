import { type Duplex, duplexPair } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import type { Exchange } from '../exchange.ts'
import { listenerLimits } from '../listener-limits.ts'
import { Http1Connection } from './connection.ts'

/** A client's end of a connection, and what the server does with its requests. */
function connected(onExchange: (exchange: Exchange) => void): { client: Duplex; server: TLSSocket; text(): string } {
  const [client, server] = duplexPair()
  let text = ''
  client.on('data', chunk => (text += chunk))
  new Http1Connection({ socket: server as TLSSocket, limits: listenerLimits, onExchange })
  return { client, server: server as TLSSocket, text: () => text }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`
const statuses = (text: string) => text.match(/^HTTP.*$/gm)?.map(line => line.slice(9, 12)) ?? []
const turn = () => new Promise(resolve => setImmediate(resolve))

it('what is sent ahead of an answer waits in the client, but for a little', async () => {
  const exchanges: Exchange[] = []
  const { client, server, text } = connected(exchange => exchanges.push(exchange))
  const request = get(`/version?${'a'.repeat(200)}`)
  const count = 2_000
  let written = 0
  for (let i = 0; i < count; i++) {
    client.write(request)
    written += request.length
    if (i % 100 === 0) await turn()
  }
  expect(exchanges).toHaveLength(1)
  expect(server.isPaused()).toBe(true)
  expect(client.writableLength + server.readableLength).toBeGreaterThan(written - 200 * 1024)
  // each is looked at when the one before is answered, and none is lost
  for (let i = 0; i < count; i++) {
    await expect.poll(() => exchanges.length, { interval: 1 }).toBe(i + 1)
    exchanges[i]?.respond(200, 'text/plain', `${i}\n`)
    if (i % 100 === 0) expect(exchanges).toHaveLength(i + 1)
  }
  await expect.poll(() => statuses(text()).length).toBe(count)
  expect(text().match(/^\d+$/gm)).toEqual(Array.from({ length: count }, (_, i) => String(i)))
})

it('a body that nobody asks for is not read, but for a little', async () => {
  let exchange: Exchange | undefined
  const { client, server } = connected(one => {
    exchange = one
  })
  const body = Buffer.alloc(1024 * 1024, 'a')
  client.write(`POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n`)
  for (let at = 0; at < body.length; at += 16 * 1024) client.write(body.subarray(at, at + 16 * 1024))
  await expect.poll(() => server.isPaused()).toBe(true)
  expect(client.writableLength + server.readableLength).toBeGreaterThan(body.length - 200 * 1024)
  expect((await exchange?.readBody(2 * body.length))?.equals(body)).toBe(true)
})

it('a body and the requests behind it are taken apart wherever they are cut', async () => {
  const bodies = ['{"a":1}', '', 'x'.repeat(500)]
  const chunked = (body: string) =>
    [...(body.match(/.{1,200}/gs) ?? []), ''].map(part => `${part.length.toString(16)};e=1\r\n${part}\r\n`).join('')
  const all = bodies
    .flatMap(body => [
      `POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      `POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${chunked(body)}`,
    ])
    .join('')
  for (const size of [1, 2, 3, 7, 100, 333, all.length]) {
    const read: string[] = []
    const { client } = connected(exchange => {
      void exchange.readBody(1_000).then(body => {
        read.push(body.toString())
        exchange.respond(200, '', '')
      })
    })
    for (let at = 0; at < all.length; at += size) {
      client.write(all.slice(at, at + size))
      if (size < 10) await turn()
    }
    await expect.poll(() => read).toEqual(bodies.flatMap(body => [body, body]))
  }
})

it('who takes the connection of a client that has ended it finds it gone', async () => {
  let [taken, over] = [false, 0]
  let exchange: Exchange | undefined
  const { client, server } = connected(one => {
    exchange = one
    one.onClose(() => over++)
  })
  client.write('GET /x HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: a\r\n\r\n')
  client.end()
  await expect.poll(() => server.readableEnded && exchange !== undefined).toBe(true)
  exchange?.takeConnection().socket.once('close', () => (taken = true))
  await expect.poll(() => [taken, over]).toEqual([true, 1])
})

it('behind an answer that could not be sent no request begins', async () => {
  const exchanges: Exchange[] = []
  const { client, server } = connected(exchange => exchanges.push(exchange))
  server.on('error', () => undefined)
  client.write(get('/1') + get('/2'))
  await expect.poll(() => exchanges.length).toBe(1)
  server._write = (_chunk, _encoding, done) => setImmediate(done, new Error('reset'))
  exchanges[0]?.respond(200, '', 'a')
  await expect.poll(() => server.closed).toBe(true)
  expect(exchanges).toHaveLength(1)
})

it('however much comes behind a watch, the end of its client is heard of', async () => {
  let over = 0
  let exchange: Exchange | undefined
  const { client, server, text } = connected(one => {
    exchange = one
    one.onClose(() => over++)
  })
  client.write(get('/watch'))
  client.write(get('/version').repeat(10_000))
  await expect.poll(() => server.isPaused()).toBe(true)
  exchange?.beginEvents(200, 'application/json').write('{}')
  await expect.poll(text).toContain('{}')
  client.end(get('/version').repeat(10_000))
  await expect.poll(() => over).toBe(1)
  expect(statuses(text())).toEqual(['200'])
})
