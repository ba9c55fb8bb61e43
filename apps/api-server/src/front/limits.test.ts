import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { UsageError } from '@kubets/component'
import { describe, expect, it } from 'vitest'
import { requestFlags, servingLimits } from '../serving/request-flags.ts'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

const tokens = 'bobs-token,bob,1'
const bob = { authorization: 'Bearer bobs-token' }

function open(api: TestApiServer, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const { port, ca } = api.connection
    const socket = connectTls({ host: '127.0.0.1', port, ca, ALPNProtocols: ['http/1.1'], ...options }, () =>
      resolve(socket),
    )
    socket.once('error', reject)
  })
}

/** What comes until the other side ends. */
function rest(socket: Socket): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    socket.on('data', chunk => (text += chunk))
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(text))
  })
}

/** A write whose body never ends. */
const begun = (path = '/api/v1/namespaces/default/configmaps') =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\nauthorization: ${bob.authorization}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`

describe('headers', () => {
  it('of more than 1 MiB are refused with 431', async () => {
    await using api = await testApiServer()
    const socket = await open(api)
    const answer = rest(socket)
    socket.write(`GET /version HTTP/1.1\r\nhost: a\r\nx-long: ${'a'.repeat(1024 * 1024)}\r\n\r\n`)
    expect(await answer).toMatch(/^HTTP\/1\.1 431 /)
    expect((await api.h1.request('GET', '/version', { headers: { 'x-long': 'a'.repeat(900_000) } })).status).toBe(200)
  })

  it('are never left out: more than 2,000 are refused', async () => {
    await using api = await testApiServer()
    const many = (count: number) => Array.from({ length: count }, (_, i) => `x-${i}: a\r\n`).join('')
    for (const [count, code] of [
      [1_990, 200],
      [2_100, 431],
      [20_000, 431],
    ] as const) {
      const socket = await open(api)
      const answer = rest(socket)
      socket.write(`GET /version HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${many(count)}\r\n`)
      expect(await answer, `${count} headers`).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `))
    }
  })

  it('over HTTP/2 too, and the connection goes on', async () => {
    await using api = await testApiServer()
    const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, 'a']))
    expect((await api.h2.request('GET', '/version', { headers: headers(1_900) })).status).toBe(200)
    await expect(api.h2.request('GET', '/version', { headers: headers(2_100) })).rejects.toThrow()
    expect((await api.h2.request('GET', '/version')).status).toBe(200)
  })
})

describe('a connection ends', () => {
  it('when its handshake takes too long', async () => {
    await using api = await testApiServer({ limits: { listener: { handshakeTimeout: 200 } } })
    const socket = connectTcp(api.connection.port, '127.0.0.1')
    // the first bytes of a ClientHello
    socket.write(Buffer.from('160301020001', 'hex'))
    expect(await rest(socket)).toBe('')
  })

  it('with 408 when the headers take too long', async () => {
    await using api = await testApiServer({ limits: { listener: { headersTimeout: 200 } } })
    const socket = await open(api)
    const answer = rest(socket)
    socket.write('GET /version HTTP/1.1\r\nhost: a\r\nx-slow: ')
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('when nothing is asked over it, but never below a watch', async () => {
    await using api = await testApiServer({ limits: { listener: { idleTimeout: 300, headersTimeout: 300 } } })
    const { port, ca } = api.connection
    const watching = await api.h2.stream('GET', '/api/v1/namespaces?watch=1')
    const idle = connectHttp2(`https://127.0.0.1:${port}`, { ca })
    const never = await open(api, { ALPNProtocols: ['h2'] })
    const silent = await open(api)
    await Promise.all([new Promise(resolve => idle.once('close', resolve)), rest(never), rest(silent)])
    expect((await api.h2.request('GET', '/version')).status).toBe(200)
    watching.close()
  })

  it('over HTTP/2 after an answer, by the chance that was asked for', async () => {
    await using api = await testApiServer({ limits: { goawayChance: 1 } })
    const session = connectHttp2(`https://127.0.0.1:${api.connection.port}`, { ca: api.connection.ca })
    const goaway = new Promise(resolve => session.once('goaway', resolve))
    const closed = new Promise(resolve => session.once('close', resolve))
    const stream = session.request({ ':path': '/version' })
    const status = new Promise(resolve => stream.once('response', headers => resolve(headers[':status'])))
    stream.resume()
    expect(await status).toBe(200)
    expect(await goaway).toBe(0)
    await closed
  })
})

describe('many clients at once', () => {
  it('are all answered, whichever protocol they speak', async () => {
    await using api = await testApiServer()
    const { port, ca } = api.connection
    const answers = Array.from({ length: 60 }, async (_, i) => {
      if (i % 2 === 0) {
        const socket = await open(api)
        const answer = rest(socket)
        socket.write('GET /version HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
        return (await answer).slice(9, 12)
      }
      const session = connectHttp2(`https://127.0.0.1:${port}`, { ca })
      const stream = session.request({ ':path': '/version' }).resume()
      const status = await new Promise(resolve => stream.once('response', headers => resolve(headers[':status'])))
      session.close()
      return String(status)
    })
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['200']))
  })

  it('of which most say nothing do not keep the others waiting', async () => {
    await using api = await testApiServer()
    const silent = Array.from({ length: 100 }, () =>
      connectTcp(api.connection.port, '127.0.0.1').on('error', () => undefined),
    )
    await Promise.all(silent.map(socket => new Promise(resolve => socket.once('connect', resolve))))
    const socket = await open(api)
    const answer = rest(socket)
    socket.write('GET /version HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /)
    for (const one of silent) one.destroy()
  })
})

describe('a request that takes too long', () => {
  it('is answered with 504, and its body no longer waited for', async () => {
    await using api = await testApiServer({ tokens, limits: { requestTimeout: 300 } })
    const socket = await open(api)
    const answer = rest(socket)
    socket.write(begun())
    const text = await answer
    expect(text).toMatch(/^HTTP\/1\.1 504 /)
    expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({
      reason: 'Timeout',
      code: 504,
      message: 'Timeout: request did not complete within the allotted timeout',
    })
    const session = connectHttp2(`https://127.0.0.1:${api.connection.port}`, { ca: api.connection.ca })
    const stream = session.request({ ':method': 'POST', ':path': '/api/v1/namespaces/default/configmaps', ...bob })
    stream.write('{')
    const status = new Promise(resolve => stream.once('response', headers => resolve(headers[':status'])))
    stream.resume()
    expect(await status).toBe(504)
    session.destroy()
    const watch = await api.h1.stream('GET', '/api/v1/namespaces?watch=1&timeoutSeconds=1')
    let lines = ''
    for await (const chunk of watch.body) lines += chunk
    expect(lines).toContain('"ADDED"')
  })

  it.each([
    ['100ms', 504],
    ['soon', 400],
  ])('by its own ?timeout=%s: %d', async (timeout, code) => {
    await using api = await testApiServer({ tokens })
    const socket = await open(api)
    const answer = rest(socket)
    socket.write(begun(`/api/v1/namespaces/default/configmaps?timeout=${timeout}`))
    const text = await answer
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `))
    if (code === 400)
      expect(text).toContain('invalid timeout specified in the request URL - time: invalid duration \\"soon\\"')
  })
})

it('more requests at once than there may be are told to come again', async () => {
  await using api = await testApiServer({ tokens, limits: { inFlight: { mutating: 2, readOnly: 1 } } })
  const create = (client = api.h1, name = 'a', headers: Record<string, string> = bob) =>
    client.request('POST', '/api/v1/namespaces/default/configmaps', {
      headers,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
    })
  const anyone = { ...api.connection }
  const { http1Client } = await import('../testing/http-client.ts')
  await using client = http1Client(anyone)
  const waiting = [await open(api), await open(api)]
  for (const socket of waiting) socket.write(begun())
  await expect.poll(async () => (await create(client)).status).toBe(429)
  const refused = await create(client)
  expect(refused).toMatchObject({
    status: 429,
    text: 'Too many requests, please try again later.\n',
    headers: { 'retry-after': '1', 'content-type': 'text/plain; charset=utf-8' },
  })
  // reads have room of their own, watches need none, and who may do everything is always heard
  expect((await client.request('GET', '/api/v1/namespaces', { headers: bob })).status).toBe(200)
  const watch = await client.stream('GET', '/api/v1/namespaces?watch=1', { headers: bob })
  expect((await client.request('GET', '/api/v1/namespaces', { headers: bob })).status).toBe(200)
  watch.close()
  expect((await create(api.h1, 'by-admin', {})).status).toBe(201)
  const metrics = await api.h1.request('GET', '/metrics')
  expect(metrics.text).toContain('apiserver_current_inflight_requests{request_kind="mutating"} 2')
  waiting[0]?.destroy()
  await expect.poll(async () => (await create(client)).status).toBe(201)
  waiting[1]?.destroy()
})

it('browsers are told what --strict-transport-security-directives says', async () => {
  await using api = await testApiServer({ strictTransportSecurity: ['max-age=31536000', 'includeSubDomains'] })
  for (const path of ['/version', '/api/v1/pods', '/nowhere'])
    expect((await api.h2.request('GET', path)).headers['strict-transport-security'], path).toBe(
      'max-age=31536000; includeSubDomains',
    )
})

describe('flags', () => {
  const defaults = {
    'max-requests-inflight': requestFlags['max-requests-inflight'].default,
    'max-mutating-requests-inflight': requestFlags['max-mutating-requests-inflight'].default,
    'request-timeout': 60_000,
    'goaway-chance': '0',
    'http2-max-streams-per-connection': 0,
    'max-connections': 0,
    'strict-transport-security-directives': [],
  }
  it.each([
    [{ 'max-requests-inflight': -1 }, '--max-requests-inflight can not be negative value'],
    [{ 'max-connections': -1 }, '--max-connections can not be negative value'],
    [{ 'request-timeout': -1 }, '--request-timeout can not be negative value'],
    [{ 'goaway-chance': '0.5' }, '--goaway-chance can not be less than 0 or greater than 0.02'],
    [{ 'goaway-chance': 'often' }, 'invalid argument "often" for "--goaway-chance" flag: must be a number'],
    [{ 'strict-transport-security-directives': ['forever'] }, 'allowed values: max-age=expireTime'],
    [{ 'strict-transport-security-directives': [' '] }, 'empty value in strict-transport-security-directives'],
  ])('%j is refused', (given, message) => {
    expect(() => servingLimits({ ...defaults, ...given })).toThrow(UsageError)
    expect(() => servingLimits({ ...defaults, ...given })).toThrow(message)
  })

  it("have upstream's defaults", () => {
    expect(servingLimits(defaults)).toEqual({
      limits: { inFlight: { readOnly: 400, mutating: 200 }, requestTimeout: 60_000, goawayChance: 0 },
      strictTransportSecurity: [],
    })
  })
})
