import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { openWatch } from '../testing/watch-reader.ts'

let api: TestApiServer
const count = 1_500
const names = (items: { metadata: { name: string; namespace: string } }[]) =>
  items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)

const pod = (namespace: string, name: string, i: number) =>
  `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"${name}","namespace":"${namespace}","uid":"u-${namespace}-${name}","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"a${i % 3}","job":"j${i % 100}"}},"spec":{"containers":[{"name":"c","image":"i"}],"nodeName":"node-${i % 50}","nodeSelector":{"nodeName":"node-1"}},"status":{"phase":"Running"}}`

beforeAll(async () => {
  api = await testApiServer()
  for (const name of ['one', 'two'])
    await api.h2.request('POST', '/api/v1/namespaces', { body: { metadata: { name } } })
  for (let from = 0; from < count; from += 100)
    await api.store.createAll(
      Array.from({ length: 100 }, (_, k) => from + k).map(i => {
        const namespace = i % 2 === 0 ? 'one' : 'two'
        const name = `p${String((i * 7_919) % count).padStart(4, '0')}`
        return { key: `/registry/pods/${namespace}/${name}`, value: Buffer.from(pod(namespace, name, i)) }
      }),
    )
})
afterAll(() => api[Symbol.asyncDispose]())

const list = async (query: string, path = '/api/v1/pods') => (await api.h1.request('GET', `${path}?${query}`)).json

interface Pod {
  metadata: { name: string; namespace: string; labels: Record<string, string> }
  spec: { nodeName: string }
}

const cases: [string, string, (pod: Pod) => boolean][] = [
  ['one node', 'fieldSelector=spec.nodeName%3Dnode-7', ({ spec }) => spec.nodeName === 'node-7'],
  ['its older name', 'fieldSelector=spec.host%3Dnode-7', ({ spec }) => spec.nodeName === 'node-7'],
  [
    'one node and a label',
    'fieldSelector=spec.nodeName%3Dnode-7&labelSelector=app%3Da1',
    ({ spec, metadata }) => spec.nodeName === 'node-7' && metadata.labels.app === 'a1',
  ],
  ['a label', 'labelSelector=job%3D%3Dj42', ({ metadata }) => metadata.labels.job === 'j42'],
  [
    'a label of a set, and what another is not',
    'labelSelector=job+in+(j42),app!%3Da0',
    ({ metadata }) => metadata.labels.job === 'j42' && metadata.labels.app !== 'a0',
  ],
  ['a label that most share', 'labelSelector=app%3Da1', ({ metadata }) => metadata.labels.app === 'a1'],
  ['nobody', 'fieldSelector=spec.nodeName%3Dnowhere', () => false],
]

describe.each(cases)('a list of %s', (_, query, matches) => {
  it('is what a look at all pods finds, in all namespaces and in one', async () => {
    for (const path of ['/api/v1/pods', '/api/v1/namespaces/two/pods']) {
      const all = await list('', path)
      const found = await list(query, path)
      expect(names(found.items)).toEqual(names(all.items.filter(matches)))
      expect(found.metadata).toEqual({ resourceVersion: all.metadata.resourceVersion })
    }
  })

  it('comes in pages of one revision, whatever happens in between', async () => {
    const whole = names((await list(query)).items)
    const first = await list(`${query}&limit=2`)
    const seen = names(first.items)
    await api.h2.request('POST', '/api/v1/namespaces', { body: { metadata: { generateName: 'other-' } } })
    let { continue: token } = first.metadata
    while (token !== undefined) {
      const page = await list(`${query}&limit=2&continue=${encodeURIComponent(token)}`)
      expect(page.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
      seen.push(...names(page.items))
      token = page.metadata.continue
    }
    expect(seen).toEqual(whole)
  })
})

it('follows what is written, and tells the past as it was', async () => {
  const query = 'fieldSelector=spec.nodeName%3Dnode-9'
  const before = await list(query)
  const { name, namespace } = before.items[0].metadata
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`
  await api.h2.request('DELETE', `${path}?gracePeriodSeconds=0`)
  const after = await list(query)
  expect(names(after.items)).toEqual(names(before.items.slice(1)))
  const then = await list(`${query}&resourceVersion=${before.metadata.resourceVersion}&resourceVersionMatch=Exact`)
  expect(names(then.items)).toEqual(names(before.items))
  expect(names((await list(`${query}&resourceVersion=0`)).items)).toEqual(names(after.items))
})

it('begins a watch with what matches', async () => {
  const query = 'fieldSelector=spec.nodeName%3Dnode-11'
  const { items } = await list(query)
  const path = `/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`
  const watch = await openWatch(api.h1, `${path}&${query}`)
  const events = await watch.until(({ type }) => type === 'BOOKMARK')
  expect(names(events.slice(0, -1).map(({ object }) => object))).toEqual(names(items))
  expect(items).toHaveLength(count / 50)
  watch.close()
})
