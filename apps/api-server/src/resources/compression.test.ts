import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Exchange } from '../front/exchange.ts'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { setCompressed } from './compression.ts'

const secrets = '/api/v1/namespaces/default/secrets'
const most = 128 * 1024
const protobuf = 'application/vnd.kubernetes.protobuf'
let api: TestApiServer

beforeAll(async () => {
  api = await testApiServer()
  await api.h2.request('POST', secrets, { body: secret('long', 150_000) })
  await api.h2.request('POST', secrets, { body: secret('short', 10) })
})
afterAll(() => api[Symbol.asyncDispose]())

const secret = (name: string, size: number, label = 'b') => ({
  metadata: { name, labels: { a: label } },
  type: 'x',
  data: { d: Buffer.alloc(size, name).toString('base64') },
})

type Protocol = 'h1' | 'h2'

async function ask(which: Protocol, method: string, path: string, headers: Record<string, string>, body?: object) {
  const reply = await api[which].stream(method, path, { headers, ...(body === undefined ? {} : { body }) })
  const chunks: Buffer[] = []
  for await (const chunk of reply.body) chunks.push(chunk as Buffer)
  const sent = Buffer.concat(chunks)
  const packed = reply.headers['content-encoding'] === 'gzip'
  const length = reply.headers['content-length']
  return {
    status: reply.status,
    packed,
    vary: reply.headers.vary,
    length,
    sent,
    bytes: packed ? gunzipSync(sent) : sent,
  }
}

// recorded from kube-apiserver v1.36.1: whatever is long, not LISTs alone
describe.each(['h1', 'h2'] as const)('over %s', which => {
  it.each([
    ['as JSON', 'application/json'],
    ['as protobuf', protobuf],
    ['as YAML', 'application/yaml'],
    ['for people', 'application/json;pretty=1'],
    ['as a Table', 'application/json;as=Table;v=v1;g=meta.k8s.io'],
  ])('a long object is compressed for who asks, %s', async (_, accept) => {
    const path = `${secrets}/long?includeObject=Object`
    const plain = await ask(which, 'GET', path, { accept })
    expect([plain.packed, plain.vary, plain.bytes.length > most]).toEqual([false, undefined, true])
    const packed = await ask(which, 'GET', path, { accept, 'accept-encoding': 'gzip' })
    expect([packed.packed, packed.vary]).toEqual([true, 'Accept-Encoding'])
    expect(packed.bytes.equals(plain.bytes)).toBe(true)
    expect(packed.sent.length).toBeLessThan(plain.sent.length / 10)
    if (packed.length !== undefined) expect(Number(packed.length)).toBe(packed.sent.length)
    expect((await ask(which, 'GET', path, { accept, 'accept-encoding': 'gzip;q=0, br' })).packed).toBe(false)
  })

  it('from 128 KiB on, to the byte', async () => {
    const sizeWith = async (label: string, data: number) => {
      const put = await ask(which, 'PUT', `${secrets}/short`, {}, secret('short', data, label))
      expect(put.status).toBe(200)
      return ask(which, 'GET', `${secrets}/short`, { 'accept-encoding': 'gzip' })
    }
    const short = await sizeWith('b', 90_000)
    // base64 grows by four at a time, the label by one
    const missing = most - short.bytes.length
    const label = 'b'.repeat(1 + (missing % 4))
    const data = 90_000 + 3 * Math.floor(missing / 4)
    const atMost = await sizeWith(label, data)
    expect([atMost.bytes.length, atMost.packed]).toEqual([most, false])
    const more = await sizeWith(`${label}b`, data)
    expect([more.bytes.length, more.packed]).toEqual([most + 1, true])
  })

  it('so are answers to writes, and errors', async () => {
    const headers = { 'accept-encoding': 'gzip' }
    const put = await ask(which, 'PUT', `${secrets}/long`, headers, secret('long', 150_000, `x${which}`))
    expect([put.status, put.packed]).toEqual([200, true])
    expect(JSON.parse(put.bytes.toString()).metadata.labels).toEqual({ a: `x${which}` })
    const labels = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`bad label ${i}`, 'x']))
    const refused = await ask(which, 'POST', secrets, headers, { metadata: { name: 'bad', labels } })
    expect([refused.status, refused.packed, refused.vary]).toEqual([422, true, 'Accept-Encoding'])
    expect(JSON.parse(refused.bytes.toString()).reason).toBe('Invalid')
  })
})

it('an answer that varies by something else as well says both', () => {
  const headers = new Map<string, string | string[]>([['vary', 'Accept']])
  const exchange: Pick<Exchange, 'getHeader' | 'setHeader'> = {
    getHeader: name => headers.get(name),
    setHeader: (name, value) => void headers.set(name, value),
  }
  setCompressed(exchange)
  expect(Object.fromEntries(headers)).toEqual({ 'content-encoding': 'gzip', vary: ['Accept', 'Accept-Encoding'] })
})
