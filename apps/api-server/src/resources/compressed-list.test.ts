import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { makeSegment, segmentText } from './gzip-segments.ts'

let api: TestApiServer
const kind = '/api/v1/configmaps'
const path = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`
const protobuf = 'application/vnd.kubernetes.protobuf'
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

async function raw(target: string, headers: Record<string, string>): Promise<Buffer> {
  const { body, headers: got } = await api.h2.stream('GET', target, { headers })
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  const whole = Buffer.concat(chunks)
  // checks the CRC and the length too
  return got['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole
}

async function inBoth(target: string, accept: string): Promise<{ plain: Buffer; compressed: Buffer }> {
  return { plain: await raw(target, { accept }), compressed: await raw(target, { accept, 'accept-encoding': 'gzip' }) }
}

const configMap = (name: string) => ({
  metadata: { name, annotations: { note: `é${'n'.repeat(500)}` } },
  data: { text: `${name} `.repeat(150) },
})

beforeAll(async () => {
  api = await testApiServer()
  await api.h2.request('POST', '/api/v1/namespaces', { body: { metadata: { name: 'other' } } })
  await Promise.all(
    Array.from({ length: 360 }, (_, i) =>
      api.h2.request('POST', path(i < 180 ? 'default' : 'other'), { body: configMap(`c${i}`) }),
    ),
  )
})
afterAll(() => api[Symbol.asyncDispose]())

describe.each([
  ['JSON', 'application/json'],
  ['protobuf', protobuf],
  ['metadata only', metadataOnly],
  ['metadata only, protobuf', `${protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`],
])('a compressed list, %s', (_, accept) => {
  it.each([
    ['of all namespaces', kind],
    ['of the first namespace', path('default')],
    ['of the last namespace', path('other')],
    ['in a page', `${kind}?limit=333`],
    ['narrowed by a selector', `${kind}?fieldSelector=metadata.name%21%3Dc7`],
  ])('%s is what the plain one is', async (_, target) => {
    const { plain, compressed } = await inBoth(target, accept)
    expect(compressed.equals(plain)).toBe(true)
  })

  it('shows what was written since', async () => {
    await api.h2.request('PUT', `${path('default')}/c100`, { body: configMap('c100') })
    const name = `late-${Math.random().toString(36).slice(2)}`
    await api.h2.request('POST', path('default'), { body: configMap(name) })
    const { plain, compressed } = await inBoth(kind, accept)
    expect(compressed.equals(plain)).toBe(true)
    expect(compressed.includes(name)).toBe(true)
  })

  it('is right for many who ask at once', async () => {
    await api.h2.request('DELETE', `${path('other')}/c${accept.length + 200}`)
    const all = await Promise.all(Array.from({ length: 10 }, () => raw(kind, { accept, 'accept-encoding': 'gzip' })))
    const plain = await raw(kind, { accept })
    expect(all.map(one => one.equals(plain))).toEqual(all.map(() => true))
  })
})

describe('a segment', () => {
  it.each([0, 1, 100, 300_000])('of %i bytes gives its text back', async length => {
    const text = Buffer.from('segment of a list '.repeat(length / 18 + 1)).subarray(0, length)
    expect((await segmentText(await makeSegment(text))).equals(text)).toBe(true)
  })
})
