import { constants, gunzipSync, inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { makeSegment, textLength } from './gzip-segments.ts'
import { pack, packedLength, unpack } from './packed-stretches.ts'

let api: TestApiServer
const kind = '/api/v1/configmaps'
const path = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`
const protobuf = 'application/vnd.kubernetes.protobuf'
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

async function raw(target: string, headers: Record<string, string>, of = api): Promise<Buffer> {
  const { body, headers: got } = await of.h2.stream('GET', target, { headers })
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

describe('a text that is kept', () => {
  it.each([0, 1, 100, 300_000])('of %i bytes comes back, compressed or packed', async length => {
    const text = Buffer.from('segment of a list '.repeat(length / 18 + 1)).subarray(0, length)
    const segment = await makeSegment(text)
    expect(textLength(segment)).toBe(length)
    expect(inflateRawSync(segment.subarray(12), { finishFlush: constants.Z_SYNC_FLUSH }).equals(text)).toBe(true)
    const packed = await pack(text)
    expect(packedLength(packed)).toBe(length)
    expect((await unpack(packed)).equals(text)).toBe(true)
  })
})

describe.each([
  ['plain', undefined],
  ['packed', 100_000],
])('a long list in protobuf, kept %s', (_, keptListBytes) => {
  const count = 1_500
  const name = (i: number) => `m${String(i).padStart(5, '0')}`
  const stored = (i: number) =>
    `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"${name(i)}","namespace":"many","uid":"u-${i}","creationTimestamp":"2026-01-01T00:00:00Z"},"data":{"t":"${i}"}}`

  it('is what its items are one by one, before and after a change, for many at once', async () => {
    await using other = await testApiServer(keptListBytes === undefined ? {} : { keptListBytes })
    for (let from = 0; from < count; from += 100)
      await other.store.createAll(
        Array.from({ length: 100 }, (_, k) => ({
          key: `/registry/configmaps/many/${name(from + k)}`,
          value: Buffer.from(stored(from + k)),
        })),
      )
    const lists = async () => {
      const oneByOne = await raw(`${path('many')}?fieldSelector=metadata.name%21%3Dnone`, { accept: protobuf }, other)
      const all = await Promise.all(Array.from({ length: 5 }, () => raw(path('many'), { accept: protobuf }, other)))
      all.push(await raw(path('many'), { accept: protobuf }, other))
      expect(all.map(one => one.equals(oneByOne))).toEqual(all.map(() => true))
      return oneByOne
    }
    const first = await lists()
    await other.h2.request('DELETE', `${path('many')}/${name(500)}`)
    const second = await lists()
    expect([first, second].map(one => one.includes(name(500)))).toEqual([true, false])
  })
})
