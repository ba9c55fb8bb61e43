import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { createLogger } from '@kubets/component'
import { describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { http1Client } from '../testing/http-client.ts'
import { Connections } from './connections.ts'

/** How a client that wants room goes about it. */
type Way = 'raw' | 'hello' | 'tls' | 'http2' | 'anonymous'

interface Idler {
  readonly socket: Socket
  readonly closed: Promise<unknown>
}

/** Connects, and from then on says nothing. */
async function idle({ connection: { port, ca } }: TestApiServer, way: Way, localAddress = '127.0.0.1'): Promise<Idler> {
  const to = { host: '127.0.0.1', port, localAddress }
  const secure = way === 'tls' || way === 'anonymous' || way === 'http2'
  const socket = secure
    ? connectTls({ ...to, ca, ALPNProtocols: [way === 'http2' ? 'h2' : 'http/1.1'] })
    : connectTcp(to)
  socket.on('error', () => undefined)
  const closed = new Promise(resolve => socket.once('close', resolve))
  await Promise.race([once(socket, secure ? 'secureConnect' : 'connect').catch(() => undefined), closed])
  if (way === 'hello') socket.write(Buffer.from('16030100c8010000c40303', 'hex'))
  if (way === 'anonymous') {
    socket.write('GET /version HTTP/1.1\r\nhost: a\r\n\r\n')
    await Promise.race([once(socket, 'data').catch(() => undefined), closed])
  }
  socket.resume()
  return { socket, closed }
}

/** A client that has said who it is, and is connected still. */
async function known({ connection: { port, ca } }: TestApiServer, user = 'u0'): Promise<ClientHttp2Session> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca })
  session.on('error', () => undefined)
  expect(await get(session, user)).toBe(200)
  return session
}

const tokens = Array.from({ length: 20 }, (_, i) => `token-of-u${i},u${i},${i}`).join('\n')

function get(session: ClientHttp2Session, user: string): Promise<unknown> {
  const stream = session.request({ ':path': '/api/v1/namespaces/default', authorization: `Bearer token-of-${user}` })
  stream.resume()
  return new Promise((resolve, reject) => {
    stream.once('response', headers => resolve(headers[':status']))
    stream.once('error', reject)
    stream.once('close', () => reject(new Error('closed')))
  })
}

async function metrics(api: TestApiServer): Promise<Record<string, number>> {
  const { text } = await api.h1.request('GET', '/metrics')
  const found = text.matchAll(/^(apiserver_(?:refused_)?connections(?:_total)?\{\w+="\w+"\}) (\d+)$/gm)
  return Object.fromEntries([...found].map(([, name, value]) => [name?.replace(/"/g, ''), Number(value)]))
}

// each needs a second of processor time, which takes half a minute where a machine gives 2.5 % of a core
describe('when there are too many connections', { timeout: 120_000 }, () => {
  it.each<Way>(['raw', 'hello', 'tls', 'http2', 'anonymous'])('those go that say nothing: %s', async way => {
    const said: string[] = []
    const destination = new Writable({
      write(chunk, _, done) {
        said.push(String(chunk))
        done()
      },
    })
    const logger = createLogger({ component: 'api-server', destination })
    await using api = await testApiServer({ tokens, limits: { connections: { most: 40 } }, logger })
    const watch = await api.h2.stream('GET', '/api/v1/namespaces/default/configmaps?watch=1')
    const idlers: Idler[] = []
    for (let i = 0; i < 6; i++) {
      idlers.push(...(await Promise.all(Array.from({ length: 25 }, () => idle(api, way)))))
      // somebody new finds room, and those who were here before still are
      const client = await known(api)
      client.destroy()
      expect((await api.h1.request('GET', '/api/v1/namespaces/default')).status).toBe(200)
    }
    await api.h1.request('POST', '/api/v1/namespaces/default/configmaps', {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'seen' } },
    })
    let events = ''
    for await (const chunk of watch.body) {
      events += chunk
      if (events.includes('"seen"')) break
    }
    watch.close()
    // the first ones are gone, the last ones are not
    await Promise.all(idlers.slice(0, 100).map(({ closed }) => closed))
    expect(idlers.at(-1)?.socket.destroyed).toBe(false)
    const counted = await metrics(api)
    const refused =
      (counted['apiserver_refused_connections_total{reason=handshake}'] ?? 0) +
      (counted['apiserver_refused_connections_total{reason=unauthenticated}'] ?? 0)
    expect(refused).toBeGreaterThanOrEqual(100)
    expect(counted['apiserver_refused_connections_total{reason=full}']).toBe(0)
    expect(said.filter(line => line.includes('too many connections'))).toHaveLength(1)
    for (const { socket } of idlers) socket.destroy()
    await expect
      .poll(() => metrics(api))
      .toMatchObject({
        'apiserver_connections{state=handshake}': 0,
        'apiserver_connections{state=unauthenticated}': 0,
      })
  })

  it('whoever has most gives way: a stranger of another address stays', async () => {
    await using api = await testApiServer({ limits: { connections: { most: 30 } } })
    const other = await idle(api, 'tls', '127.0.0.2')
    const many = await Promise.all(Array.from({ length: 100 }, () => idle(api, 'tls')))
    await Promise.all(many.slice(0, 40).map(({ closed }) => closed))
    expect(other.socket.destroyed).toBe(false)
    other.socket.write('GET /version HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(String(await new Promise(resolve => other.socket.once('data', resolve)))).toMatch(/^HTTP\/1\.1 200 /)
    for (const { socket } of [other, ...many]) socket.destroy()
  })

  it('of those who are known nobody goes: newcomers are refused', async () => {
    await using api = await testApiServer({ tokens, limits: { connections: { most: 12 } } })
    await api.h1.request('GET', '/version')
    const clients: ClientHttp2Session[] = []
    const counted = await metrics(api)
    const open = counted['apiserver_connections{state=authenticated}'] ?? 0
    for (let i = open; i < 12; i++) clients.push(await known(api, `u${i - open}`))
    const refused = connectTcp(api.connection.port, '127.0.0.1')
    const error = await new Promise<NodeJS.ErrnoException | undefined>(resolve => {
      refused.on('error', resolve)
      refused.once('close', () => resolve(undefined))
    })
    expect(error?.code).toBe('ECONNRESET')
    expect(await metrics(api)).toMatchObject({
      'apiserver_connections{state=authenticated}': 12,
      'apiserver_refused_connections_total{reason=full}': 1,
    })
    for (const [i, client] of clients.entries()) expect(await get(client, `u${i}`)).toBe(200)
    clients.pop()?.destroy()
    await expect.poll(async () => (await metrics(api))['apiserver_connections{state=authenticated}']).toBe(11)
    clients.push(await known(api))
    for (const client of clients) client.destroy()
  })

  it('a user who has more than half of all gives way to others', async () => {
    await using api = await testApiServer({ tokens, limits: { connections: { most: 20 } } })
    const others = await Promise.all(['u1', 'u2', 'u3'].map(user => known(api, user)))
    const greedy: ClientHttp2Session[] = []
    for (let i = 0; i < 40; i++) greedy.push(await known(api, 'u0'))
    const late = await known(api, 'u4')
    for (const [i, client] of others.entries()) expect(await get(client, `u${i + 1}`)).toBe(200)
    expect(await get(late, 'u4')).toBe(200)
    expect(await get(greedy.at(-1) as ClientHttp2Session, 'u0')).toBe(200)
    await expect.poll(() => greedy.slice(0, 20).every(client => client.destroyed)).toBe(true)
    const counted = await metrics(api)
    expect(counted['apiserver_refused_connections_total{reason=user}']).toBeGreaterThanOrEqual(20)
    expect(counted['apiserver_refused_connections_total{reason=full}']).toBe(0)
    for (const client of [...others, ...greedy, late]) client.destroy()
  })

  it('a token says who somebody is; nobody is somebody without', async () => {
    await using api = await testApiServer({ tokens: 'bobs-token,bob,1', limits: { connections: { most: 40 } } })
    await using bob = http1Client(api.connection)
    await using eve = http1Client(api.connection)
    const before = await metrics(api)
    await bob.request('GET', '/version', { headers: { authorization: 'Bearer bobs-token' } })
    expect((await eve.request('GET', '/version')).status).toBe(200)
    const after = await metrics(api)
    const more = (state: string) =>
      (after[`apiserver_connections{state=${state}}`] ?? 0) - (before[`apiserver_connections{state=${state}}`] ?? 0)
    expect([more('authenticated'), more('unauthenticated')]).toEqual([1, 1])
  })

  it('a client that comes again from its port is one, also where it was not yet seen to go', () => {
    const ended: string[] = []
    const connections = new Connections({ most: 2, onFull: () => undefined })
    const come = (name: string, remotePort: number, localAddress = '192.0.2.10') =>
      connections.admit({
        ...{ remoteAddress: '192.0.2.1', remotePort, localAddress },
        once: () => undefined,
        destroy: () => ended.push(`${name} is gone`),
        resetAndDestroy: () => ended.push(`${name} is cut`),
      } as unknown as Socket)
    come('first', 1_000)
    come('again', 1_000)
    expect(ended).toEqual(['first is gone'])
    come('to another address of ours', 1_000, '192.0.2.11')
    come('fourth', 1_001)
    come('fifth', 1_002)
    expect(ended.slice(1)).toEqual(['again is cut', 'to another address of ours is cut'])
    const [open] = connections.metrics().map(({ values }) => values())
    expect(open?.map(({ value }) => value)).toEqual([2, 0, 0])
  })

  it('it is said once a minute', () => {
    let now = 0
    const said: unknown[] = []
    const connections = new Connections({
      most: 1,
      onFull: (refused, open) => said.push([refused.handshake, open]),
      now: () => now,
    })
    let port = 0
    const come = () => {
      port++
      connections.admit({
        remoteAddress: '192.0.2.1',
        remotePort: port,
        once: () => undefined,
        resetAndDestroy: () => undefined,
      } as unknown as Socket)
    }
    for (; now < 130_000; now += 1_000) come()
    expect(said).toEqual([
      [1, 1],
      [60, 1],
      [60, 1],
    ])
  })
})
