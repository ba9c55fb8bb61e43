import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { afterEach, expect, test } from 'vitest'
import { proxyRequest, proxyUpgrade } from '../index.ts'
import { splice } from './splice.ts'
import type { ProxyTarget } from './target.ts'

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise(resolve => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** A proxy in front of one target; counts the upgrades that are not over yet. */
async function proxyTo(target: ProxyTarget) {
  const state = { running: 0, port: 0 }
  const server = createServer((incoming, response) => {
    state.running++
    void proxyRequest({
      method: incoming.method ?? 'GET',
      headers: incoming.headers,
      response,
      target: { ...target, url: new URL(incoming.url ?? '/', target.url) },
    }).then(() => state.running--)
  })
  server.on('upgrade', (incoming, socket, head) => {
    state.running++
    void proxyUpgrade({
      request: incoming,
      socket,
      head,
      target: { ...target, url: new URL(incoming.url ?? '/', target.url) },
    }).then(() => state.running--)
  })
  state.port = await listen(server)
  return state
}

/** A client that asks for an upgrade in raw bytes. */
function rawUpgrade(port: number, headers = '', afterwards = ''): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined)
  socket.write(
    `POST /exec?a=b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${headers}\r\n${afterwards}`,
  )
  cleanups.push(() => socket.destroy())
  return socket
}

const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n'

/** A backend that agrees to every upgrade. */
function upgradingServer(onUpgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void): Server {
  const server = createServer()
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => undefined)
    onUpgrade(incoming, socket, head)
  })
  return server
}

test('each side may end its own direction first', async () => {
  const port = await listen(
    upgradingServer(async (_request, socket, head) => {
      socket.write(switching)
      if (head.length > 0) socket.unshift(head)
      const heard = await text(socket)
      await delay(20)
      socket.end(`heard ${heard}`)
    }),
  )
  const proxy = await proxyTo({ url: `http://127.0.0.1:${port}` })
  const client = rawUpgrade(proxy.port)
  await once(client, 'data')
  client.end('all there is')
  expect(await text(client)).toBe('heard all there is')
  await expect.poll(() => proxy.running).toBe(0)
})

test('bytes that come with the request and with the answer are passed on', async () => {
  const port = await listen(
    upgradingServer(async (_request, socket, head) => {
      socket.write(`${switching}early answer;`)
      if (head.length > 0) socket.unshift(head)
      socket.end(await text(socket))
    }),
  )
  const proxy = await proxyTo({ url: `http://127.0.0.1:${port}` })
  const client = rawUpgrade(proxy.port, '', 'early request')
  client.end()
  expect((await text(client)).split('\r\n\r\n')[1]).toBe('early answer;early request')
})

test("the client's credentials stay with the proxy", async () => {
  const seen = Promise.withResolvers<IncomingMessage>()
  const port = await listen(
    upgradingServer((incoming, socket) => {
      seen.resolve(incoming)
      socket.end(switching)
    }),
  )
  const proxy = await proxyTo({ url: `http://127.0.0.1:${port}`, headers: { 'X-Via': 'proxy' } })
  rawUpgrade(
    proxy.port,
    'Authorization: Bearer secret\r\nImpersonate-User: admin\r\nX-Remote-User: admin\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n' +
      'X-Stream-Protocol-Version: v3.channel.k8s.io\r\nSec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.abc, v5.channel.k8s.io\r\n',
  )
  const { headers, headersDistinct, url, method } = await seen.promise
  expect([method, url]).toEqual(['POST', '/exec?a=b'])
  expect(headers).toMatchObject({
    upgrade: 'SPDY/3.1',
    'x-via': 'proxy',
    'sec-websocket-protocol': 'v5.channel.k8s.io',
  })
  expect(headersDistinct['x-stream-protocol-version']).toEqual(['v4.channel.k8s.io', 'v3.channel.k8s.io'])
  expect(headers).not.toHaveProperty('authorization')
  expect(headers).not.toHaveProperty('impersonate-user')
  expect(headers).not.toHaveProperty('x-remote-user')
})

test('an answer that is no upgrade reaches the client whole', async () => {
  const body = Buffer.alloc(300_000, 'x')
  const server = createServer()
  server.on('upgrade', (_request, socket: Socket) => {
    socket.write(
      'HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    socket.write(`${body.length.toString(16)}\r\n`)
    socket.write(body)
    socket.write('\r\n0\r\n\r\n')
  })
  const proxy = await proxyTo({ url: `http://127.0.0.1:${await listen(server)}` })
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ port: proxy.port, method: 'POST', headers: { Connection: 'Upgrade', Upgrade: 'SPDY/3.1' } })
      .on('response', resolve)
      .on('error', reject)
      .end()
  })
  expect(incoming.statusCode).toBe(403)
  expect(incoming.headers).toMatchObject({ 'content-type': 'application/json', 'x-a': '1' })
  expect((await buffer(incoming)).equals(body)).toBe(true)
  await expect.poll(() => proxy.running).toBe(0)
})

test('an answer that is no upgrade and breaks half-way does not look whole', async () => {
  const server = createServer()
  server.on('upgrade', (_request, socket: Socket) => {
    socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nsome')
    setImmediate(() => socket.destroy())
  })
  const proxy = await proxyTo({ url: `http://127.0.0.1:${await listen(server)}` })
  const outcome = await new Promise((resolve, reject) => {
    request({ port: proxy.port, method: 'POST', headers: { Connection: 'Upgrade', Upgrade: 'SPDY/3.1' } })
      .on('response', incoming => text(incoming).then(resolve, ({ code }) => resolve(code)))
      .on('error', reject)
      .end()
  })
  expect(outcome).toBe('ECONNRESET')
  await expect.poll(() => proxy.running).toBe(0)
})

test('a client that leaves amid an answer that is no upgrade ends it', async () => {
  const gone = Promise.withResolvers<void>()
  const server = createServer()
  server.on('upgrade', (_request, socket: Socket) => {
    socket.on('error', () => undefined)
    socket.once('end', () => gone.resolve(void socket.destroy()))
    socket.resume()
    socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nsome')
  })
  const proxy = await proxyTo({ url: `http://127.0.0.1:${await listen(server)}` })
  const client = rawUpgrade(proxy.port)
  await once(client, 'data')
  client.resetAndDestroy()
  await gone.promise
  await expect.poll(() => proxy.running).toBe(0)
})

test('a backend that cannot be reached is a 502 that says why', async () => {
  const closed = createTcpServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  await new Promise(resolve => closed.close(resolve))
  const proxy = await proxyTo({ url: `http://127.0.0.1:${port}` })
  const why = `dial tcp 127.0.0.1:${port}: connect: connection refused\n`
  const answer = await text(rawUpgrade(proxy.port))
  expect(answer).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/)
  expect(answer.split('\r\n\r\n')[1]).toBe(`error dialing backend: ${why}`)
  const plain = await fetch(`http://127.0.0.1:${proxy.port}/containerLogs`)
  expect([plain.status, await plain.text()]).toEqual([502, why])
})

test('when one side breaks, the other is cut and nothing is left', async () => {
  const backends: Socket[] = []
  const port = await listen(
    upgradingServer((_request, socket) => {
      backends.push(socket)
      socket.resume()
      socket.once('end', () => socket.destroy())
      socket.write(switching)
    }),
  )
  const proxy = await proxyTo({ url: `http://127.0.0.1:${port}` })
  const dies = rawUpgrade(proxy.port)
  await once(dies, 'data')
  dies.resetAndDestroy()
  await expect.poll(() => backends[0]?.destroyed).toBe(true)
  const lives = rawUpgrade(proxy.port)
  await once(lives, 'data')
  const ended = once(lives.resume(), 'end')
  backends[1]?.resetAndDestroy()
  await ended
  lives.destroy()
  await expect.poll(() => proxy.running).toBe(0)
})

test('a side that has ended is given up once nothing has come for it for long', async () => {
  const pair = async () => {
    const server = createTcpServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    const accepted = once(server, 'connection')
    await once(server, 'listening')
    const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true })
    const [far] = (await accepted) as [Socket]
    cleanups.push(() => {
      near.destroy()
      far.destroy()
      server.close()
    })
    return { near, far }
  }
  const [client, backend] = [await pair(), await pair()]
  const over = splice(client.far, backend.near, 200)
  client.near.resume().end()
  await once(backend.far.resume(), 'end')
  // as long as something comes it stands
  for (let i = 0; i < 6; i++) {
    backend.far.write('more')
    await delay(50)
    expect(client.far.destroyed).toBe(false)
  }
  await over
  expect([client.far.destroyed, backend.near.destroyed]).toEqual([true, true])
})

test('TLS backends see the client certificate, and half-close works through TLS', async () => {
  const authority = await createCertificateAuthority('kubernetes')
  const server = await issueCertificate(authority, {
    commonName: 'system:node:n',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  })
  const client = await issueCertificate(authority, { commonName: 'apiserver-kubelet-client', usages: ['client'] })
  const ca = authority.cert
  const backend = createTlsServer(
    { ca, cert: server.cert, key: server.key, requestCert: true, rejectUnauthorized: true },
    (incoming, response) => {
      response.end(`user ${(incoming.socket as import('node:tls').TLSSocket).getPeerCertificate().subject.CN}`)
    },
  )
  backend.on('upgrade', async (_request, socket: Socket, head: Buffer) => {
    socket.allowHalfOpen = true
    socket.write(switching)
    if (head.length > 0) socket.unshift(head)
    const heard = await text(socket)
    await delay(20)
    socket.end(`heard ${heard}`)
  })
  const url = `https://127.0.0.1:${await listen(backend as unknown as Server)}`
  const proxy = await proxyTo({ url, tls: { ca, cert: client.cert, key: client.key } })
  const socket = rawUpgrade(proxy.port)
  await once(socket, 'data')
  socket.end('over TLS')
  expect(await text(socket)).toBe('heard over TLS')
  const plain = await fetch(`http://127.0.0.1:${proxy.port}/`)
  expect(await plain.text()).toBe('user apiserver-kubelet-client')
  const stranger = await proxyTo({ url, tls: { cert: client.cert, key: client.key } })
  expect((await fetch(`http://127.0.0.1:${stranger.port}/`)).status).toBe(502)
})

test('a followed log streams as it comes, and ends when the client leaves', async () => {
  const gone = Promise.withResolvers<void>()
  const more = Promise.withResolvers<void>()
  const port = await listen(
    createServer(async (_request, response) => {
      response.once('close', () => gone.resolve())
      response.write('line 1\n')
      await more.promise
      response.write('line 2\n')
    }),
  )
  const proxy = await proxyTo({ url: `http://127.0.0.1:${port}` })
  const leave = new AbortController()
  const answer = await fetch(`http://127.0.0.1:${proxy.port}/containerLogs/a/b/c?follow=true`, { signal: leave.signal })
  const reader = Readable.fromWeb(answer.body as import('node:stream/web').ReadableStream)
  reader.on('error', () => undefined)
  expect(String((await once(reader, 'data'))[0])).toBe('line 1\n')
  more.resolve()
  expect(String((await once(reader, 'data'))[0])).toBe('line 2\n')
  leave.abort()
  await gone.promise
  await expect.poll(() => proxy.running).toBe(0)
})

test('a backend that breaks half-way breaks the answer', async () => {
  const begun = Promise.withResolvers<void>()
  const port = await listen(
    createServer((_request, response) => {
      response.write('some')
      void begun.promise.then(() => response.destroy())
    }),
  )
  const proxy = await proxyTo({ url: `http://127.0.0.1:${port}` })
  const answer = await fetch(`http://127.0.0.1:${proxy.port}/`)
  begun.resolve()
  await expect(answer.text()).rejects.toThrow()
})
