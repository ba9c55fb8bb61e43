import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:https'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { addNode, type FakeKubelet, fakeKubelet } from '../testing/fake-kubelet.ts'

let api: TestApiServer
let kubelet: FakeKubelet
const path = '/api/v1/namespaces/default/configmaps'
beforeAll(async () => {
  kubelet = await fakeKubelet((await testCertificates()).authority)
  api = await testApiServer({ kubeletClient: kubelet.clientOptions })
  for (const name of ['a', 'b']) await api.h2.request('POST', path, { body: { metadata: { name } } })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await kubelet[Symbol.asyncDispose]()
})

interface Opened {
  status: number
  protocol: string | undefined
  /** Messages until the server ended: opcode (1 text, 2 binary, 8 close) and payload. */
  messages: [opcode: number, payload: Buffer][]
}

/** A client that listens until the server closes. */
function listen(
  target: string,
  headers: Record<string, string | undefined> = {},
  connection: object = { ...api.connection, ...api.admin },
): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const asked = request({
      ...connection,
      path: target,
      headers: withValues({
        connection: 'Upgrade',
        upgrade: 'websocket',
        origin: 'http://localhost',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        ...headers,
      }),
    })
    asked.on('response', response => resolve({ status: response.statusCode ?? 0, protocol: undefined, messages: [] }))
    asked.on('upgrade', (response, socket, head) => {
      const chunks: Uint8Array[] = [head]
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (frames(Buffer.concat(chunks)).at(-1)?.[0] === 8) socket.end()
      })
      socket.on('close', () =>
        resolve({
          status: 101,
          protocol: response.headers['sec-websocket-protocol'],
          messages: frames(Buffer.concat(chunks)),
        }),
      )
    })
    asked.on('error', reject)
    asked.end()
  })
}

const withValues = (headers: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))

function frames(bytes: Buffer): [number, Buffer][] {
  const found: [number, Buffer][] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes.readUInt8(at + 1) & 0x7f
    const head = short === 126 ? 4 : 2
    if (at + head > bytes.length) break
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short
    if (at + head + length > bytes.length) break
    found.push([bytes.readUInt8(at) & 0x0f, bytes.subarray(at + head, at + head + length)])
    at += head + length
  }
  return found
}

describe('a watch over WebSocket', () => {
  it.each([undefined, 'binary.k8s.io', 'base64.binary.k8s.io'])('is a text for each event (%s)', async protocol => {
    const opened = await listen(
      `${path}?watch=1&timeoutSeconds=1`,
      protocol === undefined ? {} : { 'sec-websocket-protocol': protocol },
    )
    expect([opened.status, opened.protocol]).toEqual([101, protocol])
    const texts = opened.messages
      .filter(([opcode]) => opcode === 1)
      .map(([, payload]) => JSON.parse(payload.toString()))
    expect(texts.map(t => [t.type, t.object.metadata.name])).toEqual([
      ['ADDED', 'a'],
      ['ADDED', 'b'],
    ])
    expect(opened.messages.at(-1)).toEqual([8, Buffer.from('03e8', 'hex')])
  })

  it('takes a token as one of the protocols, and answers with another', async () => {
    const token = (text: string) => `base64url.bearer.authorization.k8s.io.${Buffer.from(text).toString('base64url')}`
    await using other = await testApiServer({ store: api.store, tokens: 'secret,tina,7\n' })
    const as = (...protocols: string[]) =>
      listen(`${path}?watch=1&timeoutSeconds=1`, { 'sec-websocket-protocol': protocols.join(', ') }, other.connection)
    const opened = await as(token('secret'), 'binary.k8s.io')
    expect([opened.status, opened.protocol]).toEqual([101, 'binary.k8s.io'])
    expect(opened.messages.length).toBeGreaterThan(1)
    expect((await as(token('wrong'), 'binary.k8s.io')).status).toBe(401)
    expect((await as(token('secret'))).status).toBe(401)
    expect((await as('binary.k8s.io')).status).toBe(401)
  })

  it('is refused without an origin, and with a choice of protocols', async () => {
    expect((await listen(`${path}?watch=1`, { 'sec-websocket-protocol': 'a,b' })).status).toBe(400)
    expect((await listen(`${path}?watch=1`, { origin: undefined })).status).toBe(403)
  })
})

/** A client that never ends its side; `send` sends frames whose mask is nothing. */
async function stubborn(target: string, send: (socket: TLSSocket) => void = () => undefined): Promise<Buffer> {
  const socket = connect({ allowHalfOpen: true, ...api.connection, ...api.admin } as ConnectionOptions)
  try {
    await once(socket, 'secureConnect')
    const key = randomBytes(16).toString('base64')
    const headers = `Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://localhost\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`
    socket.write(`GET ${target} HTTP/1.1\r\n${headers}\r\n`)
    const chunks: Buffer[] = []
    socket.once('data', () => setImmediate(send, socket))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(socket, 'end')
    // what still comes is nobody's, and in a moment the connection is not there any more
    const gone = new Promise(resolve => socket.once('error', resolve).once('close', resolve))
    const ping = setInterval(() => socket.write(Buffer.from('898000000000', 'hex')), 20)
    await gone
    clearInterval(ping)
    const bytes = Buffer.concat(chunks)
    return bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
  } finally {
    socket.destroy()
  }
}

/** As kube-apiserver closes, whatever it was told: 1000, without waiting for an answer. */
const normalClosure = [8, Buffer.from('03e8', 'hex')]

describe('a WebSocket whose client does not end its side is closed', () => {
  const endless = `${path}?watch=1&resourceVersion=0`
  it('when the watch has ended', async () => {
    expect(frames(await stubborn(`${path}?watch=1&timeoutSeconds=1`)).at(-1)).toEqual(normalClosure)
  })

  it.each([
    ['with a code', '888200000000' + '03e9'],
    ['without one', '888000000000'],
    ['in a frame that is none', '8f8000000000'],
  ])('when the client closes, %s', async (_how, frame) => {
    const seen = await stubborn(endless, socket => socket.write(Buffer.from(frame, 'hex')))
    expect(frames(seen).at(-1)).toEqual(normalClosure)
  })

  it('when the client sends nothing more', async () => {
    const seen = await stubborn(endless, one => one.end())
    expect(frames(seen).at(-1)).toEqual(normalClosure)
  })
})

describe('logs over WebSocket', () => {
  beforeAll(async () => {
    await addNode(api, kubelet)
    await api.h2.request('POST', '/api/v1/namespaces/default/pods', {
      body: { metadata: { name: 'p' }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }] } },
    })
    kubelet.onRequest = (_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('hello\n')
  })
  const log = '/api/v1/namespaces/default/pods/p/log'

  it.each([
    [undefined, 2, 'hello\n'],
    ['binary.k8s.io', 2, 'hello\n'],
    ['base64.binary.k8s.io', 1, Buffer.from('hello\n').toString('base64')],
  ])('come in messages of the protocol %s', async (protocol, opcode, text) => {
    const { status, messages } = await listen(log, { 'sec-websocket-protocol': protocol })
    expect(status).toBe(101)
    // an empty message first: the connection stands
    expect(messages.map(([code, payload]) => [code, payload.toString()]).slice(0, 2)).toEqual([
      [2, ''],
      [opcode, text],
    ])
  })

  it('speak no other protocol', async () => {
    expect((await listen(log, { 'sec-websocket-protocol': 'other' })).status).toBe(403)
  })
})
