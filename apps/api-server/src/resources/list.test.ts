import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { openEmbeddedStore } from '@kubets/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let api: TestApiServer
const path = '/api/v1/namespaces/default/configmaps'
const count = 250

interface Item {
  kind?: string
  metadata: { name: string; resourceVersion: string }
}
const names = (items: Item[]) => items.map(i => i.metadata.name)

beforeAll(async () => {
  api = await testApiServer()
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      api.h2.request('POST', path, {
        body: {
          metadata: { name: `c${String(i).padStart(3, '0')}`, labels: { parity: i % 2 === 0 ? 'even' : 'odd' } },
          data: { text: 'x'.repeat(2_000) },
        },
      }),
    ),
  )
})
afterAll(() => api[Symbol.asyncDispose]())

describe.each(['h1', 'h2'] as const)('a list over %s', which => {
  it('holds whole objects without kind, each with its own resourceVersion', async () => {
    const { json } = await api[which].request('GET', path)
    expect([json.kind, json.apiVersion, json.items.length]).toEqual(['ConfigMapList', 'v1', count])
    expect(json.items[0].kind).toBeUndefined()
    const one = await api[which].request('GET', `${path}/c100`)
    expect(json.items[100]).toEqual({ metadata: one.json.metadata, data: one.json.data })
  })

  it('comes in pages of one revision, whatever happens in between', async () => {
    const first = await api[which].request('GET', `${path}?limit=100`)
    expect(first.json.metadata.remainingItemCount).toBe(count - 100)
    const added = `c050-${which}-late`
    await api.h2.request('POST', path, { body: { metadata: { name: `z-${added}` } } })
    let token: string = first.json.metadata.continue
    const seen = names(first.json.items)
    while (token !== undefined && token !== '') {
      const page = await api[which].request('GET', `${path}?limit=100&continue=${encodeURIComponent(token)}`)
      expect(page.json.metadata.resourceVersion).toBe(first.json.metadata.resourceVersion)
      seen.push(...names(page.json.items))
      token = page.json.metadata.continue
    }
    expect(seen).toHaveLength(count)
    await api.h2.request('DELETE', `${path}/z-${added}`)
  })

  it('is compressed for those who ask', async () => {
    const plain = await api[which].request('GET', path)
    const { headers, body } = await api[which].stream('GET', path, { headers: { 'accept-encoding': 'gzip' } })
    expect(headers['content-encoding']).toBe('gzip')
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(chunk as Buffer)
    expect(JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()).items).toEqual(plain.json.items)
  })
})

describe('a list', () => {
  const list = (query: string, headers?: Record<string, string>) =>
    api.h2.request('GET', `${path}?${query}`, headers === undefined ? {} : { headers })

  it('is narrowed by labels and fields', async () => {
    expect((await list('labelSelector=parity%3Dodd')).json.items).toHaveLength(count / 2)
    expect(names((await list('fieldSelector=metadata.name%3Dc007')).json.items)).toEqual(['c007'])
    expect((await list('labelSelector=parity%3Dodd&limit=3')).json.metadata.remainingItemCount).toBeUndefined()
  })

  it('reads at a revision: exactly, at least, or whatever is there', async () => {
    const before = (await list('limit=1')).json.metadata.resourceVersion
    await api.h2.request('POST', path, { body: { metadata: { name: 'zz' } } })
    const exact = await list(`resourceVersion=${before}&resourceVersionMatch=Exact`)
    expect([exact.json.items.length, exact.json.metadata.resourceVersion]).toEqual([count, before])
    const newer = await list(`resourceVersion=${before}&resourceVersionMatch=NotOlderThan`)
    expect(Number(newer.json.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(before))
    expect((await list('resourceVersion=0')).status).toBe(200)
    const future = await list('resourceVersion=99999999')
    expect([future.status, future.json.details.causes[0].reason]).toEqual([504, 'ResourceVersionTooLarge'])
    await api.h2.request('DELETE', `${path}/zz`)
  })

  it.each([
    ['resourceVersionMatch=Exact', 422, 'resourceVersionMatch is forbidden unless resourceVersion is provided'],
    ['resourceVersion=abc', 400, 'resourceVersion: Invalid value: "abc"'],
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['labelSelector=a%3D%3D%3Db', 400, 'unable to parse requirement: '],
    [
      'fieldSelector=spec.x%3Db',
      400,
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['continue=abc', 400, 'continue key is not valid'],
  ])('with %s is refused', async (query, status, message) => {
    const reply = await list(query)
    expect(reply.status).toBe(status)
    expect(reply.json.message).toContain(message)
  })

  it('is a Table for kubectl', async () => {
    const { json } = await list('limit=2', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' })
    expect([json.kind, json.apiVersion]).toEqual(['Table', 'meta.k8s.io/v1'])
    expect(json.columnDefinitions.map((c: { name: string }) => c.name)).toEqual(['Name', 'Data', 'Age'])
    expect(json.rows[0].cells.slice(0, 2)).toEqual(['c000', 1])
    expect(json.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'c000' } })
    expect(json.metadata.continue).toBeDefined()
  })

  it('is metadata only, or YAML, for those who ask', async () => {
    const partial = await list('limit=1', {
      accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    })
    expect(partial.json).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'c000' } }],
    })
    const yaml = await list('limit=1', { accept: 'application/yaml' })
    expect(yaml.text).toMatch(/^apiVersion: v1\nitems:\n- data:/)
    const refused = await list('', { accept: 'text/csv' })
    expect([refused.status, refused.json.reason]).toEqual([406, 'NotAcceptable'])
  })

  it('that nobody reads holds nobody else up on the same connection', async () => {
    const unread = await Promise.all(Array.from({ length: 20 }, () => api.h2.stream('GET', path)))
    for (let i = 0; i < 50; i++) expect((await api.h2.request('GET', `${path}/c001`)).status).toBe(200)
    for (const one of unread) one.close()
  })
})

it('a page ends when its revision is compacted, and says how to go on', async () => {
  await using server = await testApiServer({ compactionInterval: 20 })
  const path = '/api/v1/namespaces/default/configmaps'
  for (const name of ['a', 'b', 'c']) await server.h2.request('POST', path, { body: { metadata: { name } } })
  const { json } = await server.h2.request('GET', `${path}?limit=1`)
  const next = `${path}?limit=1&continue=${encodeURIComponent(json.metadata.continue)}`
  // what is written after it makes it old
  await server.h2.request('POST', path, { body: { metadata: { name: 'd' } } })
  await expect.poll(async () => (await server.h2.request('GET', next)).status, { timeout: 5_000 }).toBe(410)
  const { json: expired } = await server.h2.request('GET', next)
  expect(expired.reason).toBe('Expired')
  const on = `${path}?limit=1&continue=${encodeURIComponent(expired.metadata.continue)}`
  expect((await server.h2.request('GET', on)).json.items.map((o: { metadata: object }) => o.metadata)).toMatchObject([
    { name: 'b' },
  ])
})

it('a page is read of its revision by a server that was not there then', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-history-'))
  try {
    await using store = await openEmbeddedStore({ directory })
    const path = '/api/v1/namespaces/default/configmaps'
    let token = ''
    let revision = ''
    {
      await using before = await testApiServer({ store })
      for (const name of ['a', 'b', 'c', 'd'])
        await before.h2.request('POST', path, { body: { metadata: { name, labels: { even: String(name > 'b') } } } })
      const { json } = await before.h2.request('GET', `${path}?limit=1`)
      token = encodeURIComponent(json.metadata.continue)
      revision = json.metadata.resourceVersion
      await before.h2.request('DELETE', `${path}/c`)
    }
    await using after = await testApiServer({ store })
    const get = async (query: string) => (await after.h2.request('GET', `${path}?${query}`)).json
    const names = (list: { items: { metadata: { name: string } }[] }) => list.items.map(({ metadata }) => metadata.name)
    const second = await get(`limit=2&continue=${token}`)
    expect([names(second), second.metadata.remainingItemCount, second.metadata.resourceVersion]).toEqual([
      ['b', 'c'],
      1,
      revision,
    ])
    const third = await get(`limit=2&continue=${encodeURIComponent(second.metadata.continue)}`)
    expect([names(third), third.metadata.continue]).toEqual([['d'], undefined])
    const exact = await get(`resourceVersionMatch=Exact&resourceVersion=${revision}&labelSelector=even%3Dtrue`)
    expect(names(exact)).toEqual(['c', 'd'])
    expect(names(await get(''))).toEqual(['a', 'b', 'd'])
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
