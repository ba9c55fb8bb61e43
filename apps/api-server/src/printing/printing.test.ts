import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { http1Client, http2Client } from '../testing/http-client.ts'
import { type Kubectl, testKubectl } from '../testing/kubectl.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'
const pods = '/api/v1/namespaces/default/pods'
const autoscalers = '/namespaces/default/horizontalpodautoscalers'
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const curl = { 'user-agent': 'curl/8.5.0' }
let api: TestApiServer
let kubectl: Kubectl

beforeAll(async () => {
  api = await testApiServer()
  kubectl = await testKubectl(api)
  for (const name of ['a', 'b'])
    await api.h2.request('POST', configMaps, {
      body: { metadata: { name, annotations: {} }, data: { t: '<é"\u2028' } },
    })
  await api.h2.request('POST', `/apis/autoscaling/v2${autoscalers}`, {
    body: { metadata: { name: 'a' }, spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'a' } } },
  })
}, 60_000)
afterAll(() => api[Symbol.asyncDispose]())

/** Go's layout of a text without numbers that JavaScript would change. */
const laidOut = (text: string) =>
  JSON.stringify(JSON.parse(text), null, 2).replace(
    /[<>&\u2028]/g,
    one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const answers: readonly [about: string, method: string, path: string, init: object][] = [
  ['an object', 'GET', `${configMaps}/a`, {}],
  ['an object as a Table', 'GET', `${configMaps}/a`, { headers: { accept: table } }],
  ['an object of another version', 'GET', `/apis/autoscaling/v1${autoscalers}/a`, {}],
  ['a LIST of another version', 'GET', `/apis/autoscaling/v1${autoscalers}`, {}],
  ['a LIST', 'GET', configMaps, {}],
  ['an empty LIST', 'GET', pods, {}],
  ['a LIST as a Table', 'GET', configMaps, { headers: { accept: table } }],
  ['a LIST as a Table with objects', 'GET', `${configMaps}?includeObject=Object`, { headers: { accept: table } }],
  [
    'a LIST of metadata',
    'GET',
    configMaps,
    { headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' } },
  ],
  ['what is made', 'POST', `${configMaps}?dryRun=All`, { body: { metadata: { name: 'c', uid: 'u' } } }],
  ['what is deleted', 'DELETE', `${configMaps}?dryRun=All`, {}],
  [
    'a review',
    'POST',
    '/apis/authentication.k8s.io/v1/tokenreviews',
    { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'x' } } },
  ],
  ['a 403', 'GET', configMaps, { headers: { 'impersonate-user': 'nobody' } }],
  ['a 404', 'GET', `${configMaps}/missing`, {}],
  ['a 409', 'POST', configMaps, { body: { metadata: { name: 'a' } } }],
  ['a 422', 'POST', configMaps, { body: { metadata: { name: 'A' } } }],
  ['a refused watch', 'GET', `${configMaps}?watch=1&resourceVersion=x`, {}],
  ['discovery', 'GET', '/api', {}],
  ['discovery of a version', 'GET', '/apis/apps/v1', {}],
  [
    'aggregated discovery',
    'GET',
    '/apis',
    { headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' } },
  ],
]

/** Without what another run of the same has otherwise, as a LIST's version: others write too. */
const chance = (text: string) =>
  text
    .replace(/("(?:uid|creationTimestamp|time|manager|resourceVersion|continue)": ?)"[^"]*"/g, '$1""')
    .replace(/"(\d+)(ms|s|m)"/g, '"<age>"')

describe.each(['h1', 'h2'] as const)('over %s', which => {
  const ask = (method: string, path: string, init: object = {}, more: object = {}) =>
    api[which].request(method, path, {
      ...init,
      headers: { ...('headers' in init ? (init.headers as object) : {}), ...more },
    })
  const asking = (path: string, query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`

  it.each(answers)('%s is printed for people who ask for it, and for curl', async (_, method, path, init) => {
    const line = await ask(method, path, init)
    expect(line.text).toBe(`${JSON.stringify(line.json)}\n`)
    const people = [
      await ask(method, asking(path, 'pretty=true'), init),
      await ask(method, path, init, curl),
      await ask(method, asking(path, 'pretty'), init, curl),
    ]
    for (const { status, text, headers } of people) {
      expect(status).toBe(line.status)
      expect(headers['content-type']).toBe(line.headers['content-type'])
      expect(headers.etag).toBe(line.headers.etag)
      expect(chance(text)).toBe(chance(laidOut(line.text)))
    }
    for (const word of ['false', 'x'])
      expect(chance((await ask(method, asking(path, `pretty=${word}`), init, curl)).text)).toBe(chance(line.text))
  })

  it('whoever accepts no form of an error gets it so, whatever they ask for', async () => {
    for (const [accept, status] of [
      [table, 404],
      ['text/html', 406],
    ] as const) {
      const path = status === 404 ? `${configMaps}/missing` : `${configMaps}/a`
      const { status: told, text } = await ask('GET', `${path}?pretty=false`, { headers: { accept } })
      expect([told, text]).toEqual([status, laidOut(text)])
    }
    const { text } = await ask('GET', `${configMaps}/missing`, { headers: { accept: `${table},application/json` } })
    expect(text).toMatch(/^\{"kind".*\}\n$/)
  })

  it('strangers are refused in print, too', async () => {
    await using stranger = await { h1: http1Client, h2: http2Client }[which](api.connection)
    const line = await stranger.request('GET', configMaps)
    expect([line.status, line.text]).toEqual([401, `${JSON.stringify(line.json)}\n`])
    const { status, text } = await stranger.request('GET', configMaps, { headers: curl })
    expect([status, text]).toEqual([401, laidOut(line.text)])
  })

  it('whoever accepts pretty=1 gets it, whatever the query says', async () => {
    const accept = 'application/json;pretty=1'
    for (const path of [`${configMaps}/a`, configMaps, `${configMaps}/missing`, '/api']) {
      const { text } = await ask('GET', `${path}?pretty=0`, { headers: { accept } })
      expect(text).toBe(laidOut(text))
    }
  })

  it('frames of a watch are lines, for curl too', async () => {
    const { text } = await ask('GET', `${configMaps}?watch=1&resourceVersion=0&timeoutSeconds=1&pretty=1`, {}, curl)
    expect(
      text
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line).type),
    ).toEqual(['ADDED', 'ADDED'])
  })

  it('YAML and protobuf are the same for curl', async () => {
    for (const accept of ['application/yaml', 'application/vnd.kubernetes.protobuf']) {
      const [one, other] = await Promise.all(
        [{}, curl].map(more => ask('GET', `${configMaps}/a`, { headers: { accept } }, more)),
      )
      expect(other?.bytes).toEqual(one?.bytes)
    }
  })

  it('a HEAD has no body', async () => {
    const { status, text, headers } = await ask('HEAD', `${configMaps}/a`, {}, curl)
    expect([status, text]).toEqual([405, ''])
    expect(Number(headers['content-length'])).toBeGreaterThan(0)
  })
})

describe('what is long', () => {
  const count = 3_000
  const long = '/api/v1/namespaces/long/configmaps'
  const value = (name: string) => ({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name, namespace: 'long', uid: `u-${name}`, creationTimestamp: '2026-01-01T00:00:00Z' },
    data: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, `${'x'.repeat(100)}<`])),
  })
  beforeAll(async () => {
    for (let from = 0; from < count; from += 100)
      await api.store.createAll(
        Array.from({ length: 100 }, (_, i) => `c${from + i}`).map(name => ({
          key: `/registry/configmaps/long/${name}`,
          value: Buffer.from(JSON.stringify(value(name))),
        })),
      )
  })

  it('is the same, compressed and not', async () => {
    const line = await api.h2.request('GET', `${long}?limit=200`)
    const people = await api.h2.request('GET', `${long}?limit=200`, { headers: curl })
    expect(chance(people.text)).toBe(chance(laidOut(line.text)))
    const packed = await api.h2.request('GET', `${long}?limit=200`, { headers: { ...curl, 'accept-encoding': 'gzip' } })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(chance(gunzipSync(packed.bytes).toString())).toBe(chance(people.text))
  })

  it('as one object too', async () => {
    const data = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`k${i}`, `${'y'.repeat(100)}é`]))
    await api.h2.request('POST', configMaps, { body: { metadata: { name: 'long' }, data } })
    const line = await api.h2.request('GET', `${configMaps}/long`)
    for (const which of ['h1', 'h2'] as const)
      expect((await api[which].request('GET', `${configMaps}/long`, { headers: curl })).text).toBe(laidOut(line.text))
    await api.h2.request('DELETE', `${configMaps}/long`)
  })

  it('is not held where nobody reads it, and is whole for who reads it after all', async () => {
    const before = process.memoryUsage.rss()
    const unread = await api.h2.stream('GET', long, { headers: curl })
    for (let i = 0; i < 100; i++)
      expect((await api.h2.request('GET', `${long}/c${i}`, { headers: curl })).status).toBe(200)
    // server and client are one process: neither has the list's 36 MB
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 1024 * 1024)
    const parts: Buffer[] = []
    for await (const part of unread.body) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString()
    expect(text.length).toBeGreaterThan(36_000_000)
    expect(JSON.parse(text).items).toHaveLength(count)
  }, 60_000)
})

it('kubectl get --raw shows what is asked for', async () => {
  for (const path of [configMaps, `${configMaps}/a`]) {
    const line = (await api.h2.request('GET', path)).text
    expect(chance(await kubectl(['get', '--raw', path]))).toBe(chance(line))
    expect(chance(await kubectl(['get', '--raw', `${path}?pretty=true`]))).toBe(chance(laidOut(line)))
  }
})

describe.each(['h1', 'h2'] as const)(
  'a LIST for people over %s is compressed by what is printed, not by what is kept',
  which => {
    const secrets = '/api/v1/namespaces/default/secrets'
    const read = async (path: string) => {
      const { headers, body } = await api[which].stream('GET', path, {
        headers: { ...curl, 'accept-encoding': 'gzip' },
      })
      const chunks: Buffer[] = []
      for await (const chunk of body) chunks.push(chunk as Buffer)
      const bytes = Buffer.concat(chunks)
      const packed = headers['content-encoding'] === 'gzip'
      return { packed, vary: headers.vary, text: (packed ? gunzipSync(bytes) : bytes).toString() }
    }
    const put = (label: string, size: number) =>
      api.h2.request('PUT', `${secrets}/s`, {
        body: {
          metadata: { name: 's', labels: { a: label } },
          type: 'x',
          data: { d: Buffer.alloc(size).toString('base64') },
        },
      })

    it('from 128 KiB on, to the byte', async () => {
      await api.h2.request('POST', secrets, { body: { metadata: { name: 's', labels: { a: 'b' } }, type: 'x' } })
      await put('b', 3 * 30_000)
      const short = await read(secrets)
      expect([short.packed, short.vary]).toEqual([false, undefined])
      // 128 KiB to the byte: base64 grows by four at a time, the label by one
      const missing = 128 * 1024 - Buffer.byteLength(short.text)
      const data = Math.floor(missing / 4)
      const label = 'b'.repeat(1 + (missing % 4))
      await put(label, 3 * (30_000 + data))
      const most = await read(secrets)
      expect([Buffer.byteLength(most.text), most.packed]).toEqual([128 * 1024, false])
      await put(`${label}b`, 3 * (30_000 + data))
      const more = await read(secrets)
      expect([Buffer.byteLength(more.text), more.packed, more.vary]).toEqual([128 * 1024 + 1, true, 'Accept-Encoding'])
      expect(laidOut(more.text)).toBe(more.text)
      await api.h2.request('DELETE', `${secrets}/s`)
    })

    it('where indenting makes much of little', async () => {
      const rules = Array.from({ length: 1_500 }, (_, i) => ({ apiGroups: [''], resources: [`r${i}`], verbs: ['get'] }))
      const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles'
      await api.h2.request('POST', roles, { body: { metadata: { name: 'r' }, rules } })
      const { packed, text } = await read(roles)
      expect(JSON.stringify(JSON.parse(text)).length).toBeLessThan(128 * 1024)
      expect([packed, Buffer.byteLength(text) > 128 * 1024]).toEqual([true, true])
      await api.h2.request('DELETE', `${roles}/r`)
    })
  },
)
