import type { Pod } from '@kubets/api-types'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../client.ts'
import { resources } from '../resources.ts'
import { startTestServer, type TestRequest, type TestServer } from '../test-server.ts'
import { type Informer, type InformerOptions, startInformer } from './start-informer.ts'

const pod = (name: string, resourceVersion: string, nodeName = '') => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name, namespace: 'default', resourceVersion, managedFields: [{ manager: 'kubectl' }] },
  spec: { nodeName },
})
const initialEnd = (resourceVersion: string) => ({
  type: 'BOOKMARK',
  object: { kind: 'Pod', metadata: { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } } },
})

/** Writes watch frames; keeps the stream open. */
function send(request: TestRequest | undefined, ...events: { type: string; object: unknown }[]): void {
  if (request === undefined) throw new Error('there is no such request')
  if (!request.stream.headersSent) request.stream.respond({ ':status': 200 })
  for (const event of events) request.stream.write(`${JSON.stringify(event)}\n`)
}

interface Seen {
  informer: Informer<{ name: string; node: string; managed: boolean }>
  log: string[]
  watches: TestRequest[]
  lists: TestRequest[]
  server: TestServer
}

async function start(onList: (request: TestRequest) => void, refuseStreams = false): Promise<Seen> {
  const watches: TestRequest[] = []
  const lists: TestRequest[] = []
  const log: string[] = []
  const server = await startTestServer(request => {
    if (!request.query.has('watch')) {
      lists.push(request)
      return onList(request)
    }
    watches.push(request)
    if (refuseStreams && request.query.has('sendInitialEvents'))
      request.json(422, { kind: 'Status', code: 422, reason: 'Invalid', message: 'sendInitialEvents is forbidden' })
    else request.stream.respond({ ':status': 200 })
  })
  const client = createClient({ server: server.url })
  const options: InformerOptions<Pod, { name: string; node: string; managed: boolean }> = {
    client,
    ref: resources.pods,
    project: p => ({
      name: p.metadata?.name ?? '',
      node: p.spec?.nodeName ?? '',
      managed: p.metadata?.managedFields !== undefined,
    }),
    indexes: { node: p => p.node || undefined },
    handlers: {
      added: p => log.push(`+${p.name}`),
      updated: (p, old) => log.push(`${old.node}>${p.node}`),
      deleted: p => log.push(`-${p.name}`),
    },
  }
  const informer = startInformer(options)
  onTestFinished(async () => {
    await informer[Symbol.asyncDispose]()
    await client[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  return { informer, log, watches, lists, server }
}

const noList = () => {
  throw new Error('nobody should list')
}

test('a streamed first list is complete before it shows, then changes follow on the same stream', async () => {
  const { informer, log, watches } = await start(noList)
  await expect.poll(() => watches.length).toBe(1)
  expect(Object.fromEntries(watches[0]?.query ?? [])).toMatchObject({
    watch: 'true',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
    allowWatchBookmarks: 'true',
  })
  send(watches[0], { type: 'ADDED', object: pod('a', '1', 'n1') }, { type: 'ADDED', object: pod('b', '2') })
  expect(informer.hasSynced()).toBe(false)
  send(watches[0], initialEnd('5'))
  await informer.synced
  expect(log).toEqual(['+a', '+b'])
  send(watches[0], { type: 'MODIFIED', object: pod('b', '6', 'n1') }, { type: 'DELETED', object: pod('a', '7', 'n1') })
  await expect.poll(() => log).toEqual(['+a', '+b', '>n1', '-a'])
  expect(informer.lister.get({ namespace: 'default', name: 'b' })).toEqual({ name: 'b', node: 'n1', managed: false })
  expect(informer.lister.byIndex('node', 'n1').map(p => p.name)).toEqual(['b'])
  expect(() => informer.lister.byIndex('zone', 'x')).toThrow('does not exist')
})

test('a watch that ends is resumed from the last revision or bookmark', async () => {
  const { informer, watches } = await start(noList)
  await expect.poll(() => watches.length).toBe(1)
  send(watches[0], { type: 'ADDED', object: pod('a', '1') }, initialEnd('5'))
  await informer.synced
  send(watches[0], { type: 'BOOKMARK', object: { metadata: { resourceVersion: '99' } } })
  watches[0]?.stream.end()
  await expect.poll(() => watches.length).toBe(2)
  expect(watches[1]?.query.get('resourceVersion')).toBe('99')
  expect(watches[1]?.query.has('sendInitialEvents')).toBe(false)
})

test('410, as an answer or in the stream, reads the state anew and reports only what changed', async () => {
  const { informer, log, watches } = await start(noList)
  await expect.poll(() => watches.length).toBe(1)
  send(watches[0], { type: 'ADDED', object: pod('a', '1') }, { type: 'ADDED', object: pod('b', '2') }, initialEnd('5'))
  await informer.synced
  send(watches[0], { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })
  await expect.poll(() => watches.length).toBe(2)
  expect(watches[1]?.query.get('sendInitialEvents')).toBe('true')
  send(watches[1], { type: 'ADDED', object: pod('b', '2') }, { type: 'ADDED', object: pod('c', '8') }, initialEnd('9'))
  await expect.poll(() => log).toEqual(['+a', '+b', '+c', '-a'])
})

test('a server that refuses sendInitialEvents is listed in pages', async () => {
  const { informer, log, watches, lists } = await start(request => {
    if (!request.query.has('continue')) request.json(200, { metadata: { continue: 'x' }, items: [pod('a', '1')] })
    else request.json(200, { metadata: { resourceVersion: '4' }, items: [pod('b', '2')] })
  }, true)
  await informer.synced
  expect(log).toEqual(['+a', '+b'])
  expect(lists.map(r => r.query.get('limit'))).toEqual(['500', '500'])
  await expect.poll(() => watches.length).toBe(2)
  expect(watches[1]?.query.get('resourceVersion')).toBe('4')
})

test('a killed server: the informer comes back by itself', async () => {
  const { informer, log, watches, server } = await start(noList)
  await expect.poll(() => watches.length).toBe(1)
  send(watches[0], { type: 'ADDED', object: pod('a', '1') }, initialEnd('5'))
  await informer.synced
  await server.kill()
  await server.start()
  await expect.poll(() => watches.length).toBe(2)
  send(watches[1], { type: 'ADDED', object: pod('b', '6') })
  await expect.poll(() => log).toEqual(['+a', '+b'])
})

test('ending before the first state rejects synced and leaves nothing running', async () => {
  const { informer } = await start(noList)
  const synced = informer.synced.catch(error => error.message)
  await informer[Symbol.asyncDispose]()
  expect(await synced).toContain('before it had synced')
})
