import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startDnsForwarder } from './node-dns.ts'

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A port that is free for UDP may be taken for TCP: then another one. */
async function onFreePort<T>(start: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await start()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
}

const dnsServer = (reply: (query: Buffer) => Buffer | undefined, address = '127.0.0.1') =>
  onFreePort(() => startDnsServer(reply, address))

/** A server on one port over UDP and TCP. What it does with a query is the test's; no answer means silence. */
async function startDnsServer(reply: (query: Buffer) => Buffer | undefined, address: string) {
  const received: Buffer[] = []
  const udp = createSocket('udp4')
  await new Promise<void>(resolve => udp.bind(0, address, resolve))
  udp.on('message', (query, from) => {
    received.push(query)
    const answer = reply(query)
    if (answer) udp.send(answer, from.port, from.address)
  })
  const tcp: Server = createServer(client => {
    client.on('error', () => undefined)
    client.on('data', query => client.write(reply(query) ?? Buffer.alloc(0)))
  })
  undo.push(async () => {
    udp.close()
    tcp.close()
  })
  await once(tcp.listen(udp.address().port, address), 'listening')
  return { port: udp.address().port, received }
}

async function forwarder(options: Omit<Parameters<typeof startDnsForwarder>[0], 'address' | 'port'>) {
  const started = await onFreePort(() => startDnsForwarder({ address: '127.0.0.1', port: 0, ...options }))
  undo.push(async () => started[Symbol.asyncDispose]())
  return started
}

function client(): Socket {
  const socket = createSocket('udp4')
  undo.push(async () => socket.close())
  return socket
}

function askOverUdp(port: number, query: string): Promise<string> {
  const socket = client()
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('message', answer => resolve(answer.toString()))
    socket.send(query, port, '127.0.0.1')
  })
}

function askOverTcp(port: number, query: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(query))
    let connected = false
    socket.once('connect', () => {
      connected = true
    })
    // closed with a query unread is a reset
    socket.once('error', error => (connected ? resolve('closed') : reject(error)))
    socket.once('close', () => resolve('closed'))
    socket.once('data', answer => {
      resolve(answer.toString())
      socket.destroy()
    })
  })
}

const local = async () => ['127.0.0.1']
const echo = (query: Buffer) => Buffer.from(`answer to ${query}`)

test('queries and answers pass unchanged, over UDP and over TCP after a truncated answer', async () => {
  const long = 'x'.repeat(4000)
  const server = await dnsServer(query => (query.toString() === 'long' ? Buffer.from(`truncated`) : Buffer.from(long)))
  const { port } = await forwarder({ servers: local, serverPort: server.port })
  expect(await askOverUdp(port, 'long')).toBe('truncated')
  expect((await askOverTcp(port, 'again')).length).toBeGreaterThan(1000)
  expect(await Promise.all(['a', 'b', 'c'].map(name => askOverUdp(port, name)))).toEqual([long, long, long])
})

test('a server that is gone or silent hands over to the next', async () => {
  const server = await dnsServer(echo, '127.0.0.2')
  const silent = createSocket('udp4')
  await new Promise<void>(resolve => silent.bind(server.port, '127.0.0.4', resolve))
  undo.push(async () => silent.close())
  const { port } = await forwarder({
    servers: async () => ['127.0.0.3', '127.0.0.4', '127.0.0.2'],
    serverPort: server.port,
    patience: 1_000,
  })
  expect(await askOverUdp(port, 'name')).toBe('answer to name')
  expect(await askOverTcp(port, 'name')).toBe('answer to name')
})

test('no server, an unreadable list or an unreachable one cost only the query', async () => {
  let servers: () => Promise<string[]> = async () => []
  const server = await dnsServer(echo)
  const { port } = await forwarder({ servers: () => servers(), serverPort: server.port, patience: 1_000 })
  const socket = client()
  const failing = [
    async () => [],
    async () => ['not-an-address.invalid'],
    async () => ['127.0.0.9'],
    () => Promise.reject(new Error('no file')),
  ]
  for (const list of failing) {
    servers = list
    socket.send('lost', port, '127.0.0.1')
    expect(await askOverTcp(port, 'lost')).toBe('closed')
  }
  servers = local
  expect(await askOverUdp(port, 'found')).toBe('answer to found')
})

test('beyond the bound of waiting queries further ones are dropped; later ones pass', async () => {
  let silent = true
  const server = await dnsServer(query => (silent ? undefined : echo(query)))
  const { port } = await forwarder({ servers: local, serverPort: server.port, bound: 3, patience: 2_000 })
  const socket = client()
  for (let i = 0; i < 10; i++) socket.send(`query ${i}`, port, '127.0.0.1')
  await expect.poll(() => server.received.length, { timeout: 1_500 }).toBe(3)
  silent = false
  // the three wait out their patience first; a resolver asks again
  await expect
    .poll(() => Promise.race([askOverUdp(port, 'later'), new Promise(resolve => setTimeout(resolve, 100))]), {
      timeout: 20_000,
    })
    .toBe('answer to later')
  expect(server.received.filter(query => query.toString().startsWith('query')).length).toBe(3)
})

test('stopping does not wait for open connections or waiting queries, and late answers harm nobody', async () => {
  const server = await dnsServer(() => undefined)
  const started = await forwarder({ servers: local, serverPort: server.port, patience: 60_000 })
  const idle = connect(started.port, '127.0.0.1')
  idle.on('error', () => undefined)
  const closed = new Promise<void>(resolve => idle.once('close', () => resolve()))
  await new Promise<void>(resolve => idle.once('connect', resolve))
  client().send('waiting', started.port, '127.0.0.1')
  await expect.poll(() => server.received.length).toBe(1)
  await started[Symbol.asyncDispose]()
  await closed
})
