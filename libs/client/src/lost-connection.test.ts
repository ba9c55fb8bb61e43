import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectHttp2, createSecureServer, type ServerHttp2Session } from 'node:http2'
import { type AddressInfo, createServer } from 'node:net'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from './client.ts'
import type { Client } from './contract.ts'
import { HeldWire } from './held-wire.ts'
import { manualClock } from './manual-clock.ts'
import { resources } from './resources.ts'
import { startTestServer } from './test-server.ts'
import { openStream } from './transport/exchange.ts'

const never = 1_000_000_000
/** So much a client may send that nobody reads. */
const room = 1 << 30
const authority = createCertificateAuthority('test')

/** A TLS server that begins to answer whatever it is asked, and whose connection can be held back. */
async function start() {
  const ca = await authority
  const usages = ['server' as const]
  const serving = await issueCertificate(ca, { commonName: 'server', ipAddresses: ['127.0.0.1'], usages })
  const server = createSecureServer({ ...serving, settings: { initialWindowSize: room } })
  server.on('sessionError', () => undefined)
  const session = new Promise<ServerHttp2Session>(resolve => server.once('session', resolve))
  server.on('session', one => {
    one.setLocalWindowSize(room)
    one.on('error', () => undefined)
  })
  server.on('stream', stream => {
    stream.on('error', () => undefined)
    stream.respond({ ':status': 200 })
    stream.write('{"type":"ADDED","object":{}}\n')
  })
  const wires: HeldWire[] = []
  const port = createServer(socket => {
    const wire = new HeldWire(socket)
    wires.push(wire)
    server.emit('connection', wire)
  }).listen(0, '127.0.0.1')
  await once(port, 'listening')
  onTestFinished(async () => {
    for (const wire of wires) wire.destroy()
    await new Promise<void>(resolve => port.close(() => resolve()))
  })
  const config = { server: `https://127.0.0.1:${(port.address() as AddressInfo).port}`, ca: ca.cert }
  return { config, session, wire: () => wires[0] as HeldWire }
}

/** A watch that has begun, and how it ended. */
async function watching(client: Client, options: { signal?: AbortSignal } = {}) {
  const begun = Promise.withResolvers<void>()
  const state: { ended: string | undefined } = { ended: undefined }
  const watch = async () => {
    for await (const _ of client.watch(resources.pods, options)) begun.resolve()
  }
  const over = watch().then(
    () => (state.ended = 'quietly'),
    (error: Error) => (state.ended = error.message),
  )
  await begun.promise
  return { state, over }
}

/** Two pings in two records that come in one packet, behind which the connection is reset: Node hears nothing of it any more. */
async function reset({ session, wire }: Awaited<ReturnType<typeof start>>, last: 'ping' | 'goaway' = 'ping') {
  const one = await session
  wire().hold()
  one.ping(() => undefined)
  await expect.poll(() => wire().held).toBe(1)
  if (last === 'ping') one.ping(() => undefined)
  else one.goaway()
  await expect.poll(() => wire().held).toBe(2)
  wire().resetBehind()
  // it is there already, and read in one of the next turns of the loop
  await turns()
}

async function turns() {
  for (let i = 0; i < 10; i++) await new Promise(resolve => setImmediate(resolve))
}

test.each(['ping', 'goaway'] as const)(
  'a watch ends when its server resets the connection behind two records of TLS, the second a %s',
  async last => {
    const server = await start()
    const clock = manualClock()
    await using client = createClient(server.config, { clock, pingInterval: never })
    const { state } = await watching(client)
    await reset(server, last)
    const ended = () => {
      clock.advance(1_000)
      return state.ended
    }
    await expect.poll(ended).toContain('connection lost')
  },
)

test('a watch that is no longer wanted, and its client, end though nothing is heard of the connection', async () => {
  const server = await start()
  const enough = new AbortController()
  const client = createClient(server.config, { clock: manualClock() })
  const { over } = await watching(client, { signal: enough.signal })
  const other = await watching(client)
  await reset(server)
  enough.abort()
  expect(await over).toBe('quietly')
  await client[Symbol.asyncDispose]()
  await other.over
})

test('a client ends though its server takes nothing of what it is sent', async () => {
  const server = await start()
  const client = createClient(server.config)
  const { over } = await watching(client)
  server.wire().deafen()
  const data = { text: 'x'.repeat(32 << 20) }
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'large' }, data }
  const creating = client.create(resources.configMaps, object).catch((error: Error) => error.message)
  await turns()
  await client[Symbol.asyncDispose]()
  expect(await creating).toContain('connection lost')
  await over
})

test('a server that takes no new requests and then says nothing is given up as any other', async () => {
  const server = await start()
  const clock = manualClock()
  await using client = createClient(server.config, { clock, pingInterval: 1_000, pingTimeout: 100_000 })
  const { state } = await watching(client)
  const session = await server.session
  session.goaway()
  let asked = 0
  session.on('remoteSettings', () => asked++)
  const after = (ms: number) => {
    clock.advance(ms)
    return { ...state, asked }
  }
  // while it answers the watch goes on
  await expect.poll(() => after(1_000).asked).toBeGreaterThan(3)
  expect(state.ended).toBe(undefined)
  server.wire().hold()
  await expect.poll(() => after(100_000).ended).toContain('http2: client connection lost')
})

test('a request for which its session takes no more goes over the next one', async () => {
  await using server = await startTestServer(request => request.json(200, { items: [] }))
  const session = connectHttp2(server.url)
  await once(session, 'connect')
  session.close()
  await once(session, 'close')
  expect(() => openStream(session, { ':path': '/' }, true)).toThrow(expect.objectContaining({ refused: true }))
})

test('a dial that was given up leaves nothing behind', async () => {
  const full = spawn(process.execPath, ['-e', takesNothing], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(full, 'exit')
  onTestFinished(async () => {
    full.kill('SIGKILL')
    await ended
  })
  const [port] = await once(full.stdout, 'data')
  const client = createClient({ server: `https://127.0.0.1:${port}` })
  const listing = client.list(resources.pods).catch((error: Error) => error.message)
  const connecting = () => process.getActiveResourcesInfo().filter(name => name === 'ConnectWrap').length
  await expect.poll(connecting).toBe(1)
  await client[Symbol.asyncDispose]()
  expect(await listing).toContain('the client is closed')
  await expect.poll(connecting).toBe(0)
})

/** A machine that is there and takes no connections: its own fill its queue, and then it stands still. */
const takesNothing = `
const { connect, createServer } = require('node:net')
const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  const { port } = server.address()
  for (let i = 0; i < 4; i++) connect(port, '127.0.0.1')
  process.nextTick(() => {
    require('node:fs').writeSync(1, String(port))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
})`
