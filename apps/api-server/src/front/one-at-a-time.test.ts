import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer({ limits: { inFlight: { readOnly: 10, mutating: 10 } }, tokens: 'bobs-token,bob,1' })
})
afterAll(() => api[Symbol.asyncDispose]())

function open(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const { port, ca } = api.connection
    const socket = connectTls({ host: '127.0.0.1', port, ca, ALPNProtocols: ['http/1.1'] }, () => resolve(socket))
    socket.once('error', reject)
  })
}

const bob = 'authorization: Bearer bobs-token\r\n'
const get = (path: string, more = bob) => `GET ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`

/** Collects what comes. */
function heard(socket: TLSSocket) {
  const all = { text: '', closed: false }
  socket.on('data', chunk => (all.text += chunk))
  socket.on('error', () => undefined)
  socket.once('close', () => (all.closed = true))
  return all
}

it('requests that a client sends at once are answered in their order', async () => {
  const socket = await open()
  const answers = heard(socket)
  const names = Array.from({ length: 40 }, (_, i) => `n${i}`)
  socket.write(names.map(name => get(`/api/v1/namespaces/${name}`)).join(''))
  const found = () => [...answers.text.matchAll(/namespaces \\"(n\d+)\\" not found/g)].map(([, name]) => name)
  await expect.poll(found).toEqual(names)
  socket.destroy()
})

it('those behind a watch take no place of others, and wait for its end', async () => {
  const sockets = await Promise.all(Array.from({ length: 20 }, open))
  for (const socket of sockets) {
    const answers = heard(socket)
    socket.write(get('/api/v1/namespaces?watch=1') + get('/version').repeat(50))
    await expect.poll(() => answers.text).toContain('ADDED')
    expect(answers.text.match(/^HTTP/gm)).toHaveLength(1)
  }
  expect((await api.h1.request('GET', '/api/v1/namespaces', { headers: {} })).status).toBe(200)
  const metrics = await api.h1.request('GET', '/metrics')
  // the one who asks
  expect(metrics.text).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 1\n')
  for (const socket of sockets) socket.destroy()
})

it('no other protocol is taken up behind a request that is not answered', async () => {
  const socket = await open()
  const answers = heard(socket)
  const upgrade = `${bob}connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n`
  const exec = '/api/v1/namespaces/default/pods/x/exec?command=a'
  socket.write(get('/api/v1/namespaces?watch=1&timeoutSeconds=1') + get(exec, upgrade))
  await expect.poll(() => answers.text).toContain('ADDED')
  expect(answers.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200'])
  await expect.poll(() => answers.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404'])
  socket.destroy()
  // behind one that is, it is
  const other = await open()
  const later = heard(other)
  other.write(get('/version'))
  await expect.poll(() => later.text).toContain('gitVersion')
  other.write(get(exec, upgrade))
  await expect.poll(() => later.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404'])
  expect((await api.h1.request('GET', '/version')).status).toBe(200)
})

it('nor behind an expectation that nobody meets', async () => {
  const upgrade = `${bob}connection: Upgrade\r\nupgrade: SPDY/3.1\r\n`
  for (let i = 0; i < 20; i++) {
    const socket = await open()
    const answers = heard(socket)
    socket.write(get('/version', `${bob}expect: what\r\n`) + get('/api/v1/namespaces/default/pods/x/exec', upgrade))
    await expect.poll(() => answers.closed).toBe(true)
    expect(answers.text).not.toContain('101 Switching Protocols')
  }
  expect((await api.h1.request('GET', '/version')).status).toBe(200)
})

it('what comes behind a request that ends the connection is dropped, in however many pieces', async () => {
  for (let i = 0; i < 50; i++) {
    const socket = await open()
    const answers = heard(socket)
    socket.write('GET / HTTP/9.9\r\n\r\n')
    for (let piece = 0; piece < 8; piece++) socket.write(get('/version'))
    await expect.poll(() => answers.closed).toBe(true)
  }
  expect((await api.h1.request('GET', '/version')).status).toBe(200)
})
