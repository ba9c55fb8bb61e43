import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { addNode, type FakeKubelet, fakeKubelet } from '../testing/fake-kubelet.ts'
import { ownAddress } from '../testing/own-address.ts'

let api: TestApiServer
let kubelet: FakeKubelet
let backend: Server
let port: number
const ip = ownAddress()
const pods = '/api/v1/namespaces/default/pods'
let onRequest: (request: IncomingMessage, response: ServerResponse) => void
const clients: TLSSocket[] = []

beforeAll(async () => {
  backend = createServer((request, response) => onRequest(request, response)).listen(0, ip)
  await once(backend, 'listening')
  port = (backend.address() as AddressInfo).port
  kubelet = await fakeKubelet((await testCertificates()).authority)
  kubelet.onRequest = (request, response) => onRequest(request, response)
  api = await testApiServer({ kubeletClient: kubelet.clientOptions })
  await addNode(api, kubelet)
  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }] }
  await api.h2.request('POST', pods, { body: { metadata: { name: 'web' }, spec } })
  const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }] }
  await api.h2.request('PUT', `${pods}/web/status`, { body: { metadata: { name: 'web' }, status } })
})
afterEach(() => {
  vi.useRealTimers()
  for (const client of clients.splice(0)) client.destroy()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await kubelet[Symbol.asyncDispose]()
  backend.closeAllConnections()
  backend.close()
})

const proxy = () => `${pods}/web:${port}/proxy/`

/** A client that keeps its two directions apart. */
function ask(path: string, headers = '', method = 'GET', body = '', below?: Socket): TLSSocket {
  const options = { allowHalfOpen: true, ...api.connection, ...api.admin, socket: below }
  const client = connect(options as ConnectionOptions)
  clients.push(client)
  client.on('error', () => undefined)
  client.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`)
  return client
}

// recorded from kube-apiserver v1.36.1: who sends nothing more has gone
describe('a client that ends its side', () => {
  /** Where no timer may go off, nothing waits for one. */
  const timersStand = () => void vi.useFakeTimers({ toFake: ['setTimeout'] })

  it.each([
    ['an answer', proxy],
    ['a log', () => `${pods}/web/log`],
  ])('while %s comes breaks it off, and ends the request behind it at once', async (_what, path) => {
    timersStand()
    const ended = new Promise<void>(resolve => {
      onRequest = (_request, response) => {
        response.once('close', resolve)
        response.write('some of it')
      }
    })
    const client = ask(path())
    await once(client, 'data')
    client.end()
    client.resume()
    await ended
    await once(client, 'close')
  })

  it.each([
    ['GET', '', ''],
    ['POST', 'Content-Length: 2\r\n', 'hi'],
  ])('before there is one is told so (%s)', async (method, headers, body) => {
    timersStand()
    const asked = Promise.withResolvers<void>()
    const ended = new Promise<void>(resolve => {
      onRequest = (request, response) => {
        request.resume()
        response.once('close', resolve)
        asked.resolve()
      }
    })
    const client = ask(proxy(), headers, method, body)
    const answer = text(client).catch(String)
    await asked.promise
    client.end()
    await ended
    expect(await answer).toMatch(
      /^HTTP\/1\.1 503 [\s\S]*"message":"error trying to reach service: context canceled","reason":"ServiceUnavailable","code":503}\n/,
    )
  })
})

it('an upgraded connection keeps its other direction for as long as it takes', async () => {
  const upgraded = new Promise<Socket>(resolve =>
    backend.once('upgrade', (_request, socket: Socket) => {
      socket.allowHalfOpen = true
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
      resolve(socket)
    }),
  )
  const client = ask(proxy(), 'Connection: Upgrade\r\nUpgrade: x\r\n')
  const behind = await upgraded
  await once(client, 'data')
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  client.end('the question')
  expect(await text(behind)).toBe('the question')
  await vi.advanceTimersByTimeAsync(60_000)
  behind.end('the answer')
  expect(await text(client)).toBe('the answer')
})

it('a client that leaves amid the refusal of its upgrade ends it', async () => {
  const ended = new Promise<void>(resolve =>
    backend.once('upgrade', (_request, socket: Socket) => {
      socket.on('error', () => undefined)
      socket.once('end', () => resolve(void socket.destroy()))
      socket.resume()
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nsome')
    }),
  )
  const below = connectTcp(api.connection.port, '127.0.0.1')
  const client = ask(proxy(), 'Connection: Upgrade\r\nUpgrade: x\r\n', 'GET', '', below)
  await once(client, 'data')
  // more than is read before anybody wants it
  await new Promise(resolve => client.write(Buffer.alloc(300_000), resolve))
  below.resetAndDestroy()
  await ended
})
