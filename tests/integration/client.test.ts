import type { ConfigMap, Event, Lease } from '@kubets/api-types'
import {
  createClient,
  createEventRecorder,
  type Informer,
  type InformerOptions,
  resources,
  runLeaderElection,
  startInformer,
} from '@kubets/client'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type ControlPlane, startControlPlane } from './control-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane()
})
afterAll(() => plane[Symbol.asyncDispose]())

const configMap = (name: string, data: Record<string, string> = {}): ConfigMap =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data }) as ConfigMap

function follow(more: Partial<InformerOptions<ConfigMap, string>> = {}): { informer: Informer<string>; log: string[] } {
  const log: string[] = []
  const informer = startInformer<ConfigMap, string>({
    client: plane.client,
    ref: resources.configMaps,
    namespace: 'default',
    project: map => `${map.metadata?.name}=${map.data?.value ?? ''}`,
    handlers: {
      added: value => log.push(`+${value}`),
      updated: value => log.push(`~${value}`),
      deleted: value => log.push(`-${value}`),
    },
    ...more,
  })
  onTestFinished(() => informer[Symbol.asyncDispose]())
  return { informer, log }
}

test('create, get, list, update, patch and delete; errors carry the Status', async () => {
  const { client } = plane
  const key = { namespace: 'default', name: 'crud' }
  const created = await client.create(resources.configMaps, configMap('crud', { value: '1' }))
  expect(created.metadata?.uid).toBeTruthy()
  const again = await client.create(resources.configMaps, configMap('crud')).catch(e => e)
  expect(again).toMatchObject({ code: 409, reason: 'AlreadyExists', message: 'configmaps "crud" already exists' })

  const updated = await client.update(resources.configMaps, { ...created, data: { value: '2' } } as ConfigMap)
  const stale = await client.update(resources.configMaps, created).catch(e => e)
  expect(stale).toMatchObject({ code: 409, reason: 'Conflict' })
  expect(updated.metadata?.resourceVersion).not.toBe(created.metadata?.resourceVersion)

  const merged = await client.patch<ConfigMap>(resources.configMaps, key, 'merge', { data: { more: 'x' } })
  expect(merged.data).toEqual({ value: '2', more: 'x' })
  const json = [{ op: 'remove', path: '/data/more' }]
  expect((await client.patch<ConfigMap>(resources.configMaps, key, 'json', json)).data).toEqual({ value: '2' })
  expect((await client.get<ConfigMap>(resources.configMaps, key)).data).toEqual({ value: '2' })
  const list = await client.list<ConfigMap>(resources.configMaps, {
    namespace: 'default',
    fieldSelector: 'metadata.name=crud',
  })
  expect(list.items.map(item => item.metadata?.name)).toEqual(['crud'])
  await client.delete(resources.configMaps, key)
  const gone = await client.get(resources.configMaps, key).catch(e => e)
  expect(gone).toMatchObject({ code: 404, message: 'configmaps "crud" not found' })
})

test('an informer shows the state that was there, then every change, across a restart of the server', async () => {
  const { client } = plane
  await client.create(resources.configMaps, configMap('seen', { value: 'a' }))
  const { informer, log } = follow()
  await informer.synced
  expect(log).toContain('+seen=a')
  await client.patch(resources.configMaps, { namespace: 'default', name: 'seen' }, 'merge', { data: { value: 'b' } })
  await expect.poll(() => log).toContain('~seen=b')

  await plane.down()
  await plane.up()
  await client.create(resources.configMaps, configMap('after', { value: 'c' }))
  await expect.poll(() => log, { timeout: 10_000 }).toContain('+after=c')
  await client.delete(resources.configMaps, { namespace: 'default', name: 'seen' })
  await expect.poll(() => log).toContain('-seen=b')
  expect(log.filter(line => line === '+seen=a').length).toBe(1)
  expect([...informer.lister.list()].sort()).toContain('after=c')
})

test('a label selector: an object that stops matching is deleted for the informer', async () => {
  const { client } = plane
  const { informer, log } = follow({ labelSelector: 'team=x' })
  await informer.synced
  const key = { namespace: 'default', name: 'labelled' }
  const object = configMap('labelled')
  object.metadata = { ...object.metadata, labels: { team: 'x' } }
  await client.create(resources.configMaps, object)
  await expect.poll(() => log).toEqual(['+labelled='])
  await client.patch(resources.configMaps, key, 'merge', { metadata: { labels: { team: 'y' } } })
  await expect.poll(() => log).toEqual(['+labelled=', '-labelled='])
})

test('requests made while the server is away wait for it or say that it is away', async () => {
  const impatient = createClient(plane.config)
  onTestFinished(() => impatient[Symbol.asyncDispose]())
  await impatient.list(resources.nodes)
  await plane.down()
  await expect(impatient.list(resources.nodes)).rejects.toThrow(`connect to ${plane.config.server}`)
  await plane.up()
  await expect
    .poll(async () => (await impatient.list(resources.nodes).catch(() => undefined))?.items, { timeout: 10_000 })
    .toEqual([])
})

test('a lease is taken, renewed and given back', async () => {
  const { client } = plane
  const stop = new AbortController()
  const leading = Promise.withResolvers<void>()
  const done = runLeaderElection({
    client,
    namespace: 'kube-system',
    name: 'test',
    identity: 'me',
    leaseDuration: 15_000,
    renewDeadline: 10_000,
    retryPeriod: 100,
    signal: stop.signal,
    async lead(signal) {
      leading.resolve()
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
    },
  })
  await leading.promise
  const get = () => client.get<Lease>(resources.leases, { namespace: 'kube-system', name: 'test' })
  const { renewTime } = (await get()).spec ?? {}
  await expect.poll(async () => (await get()).spec?.renewTime).not.toBe(renewTime)
  expect((await get()).spec?.holderIdentity).toBe('me')
  stop.abort()
  await done
  expect((await get()).spec?.holderIdentity ?? '').toBe('')
})

test('events are written, and counted when they repeat', async () => {
  const { client } = plane
  const recorder = createEventRecorder({ client, component: 'tester' })
  const about = { kind: 'Pod', apiVersion: 'v1', name: 'web', namespace: 'default' }
  for (let i = 0; i < 3; i++) recorder.event(about, 'Warning', 'BackOff', 'again')
  await recorder[Symbol.asyncDispose]()
  const { items } = await client.list<Event>(resources.events, {
    namespace: 'default',
    fieldSelector: 'involvedObject.name=web',
  })
  expect(items.map(event => [event.reason, event.count, event.source?.component])).toEqual([['BackOff', 3, 'tester']])
})

test('whatever was written while the server went down and up five times, the informer ends with the same state', async () => {
  const { client } = plane
  const seen = new Map<string, string>()
  const twice: string[] = []
  const informer = startInformer<ConfigMap, { name: string; value: string }>({
    client,
    ref: resources.configMaps,
    namespace: 'default',
    labelSelector: 'chaos',
    project: map => ({ name: map.metadata?.name ?? '', value: map.data?.value ?? '' }),
    handlers: {
      added: ({ name, value }) => {
        if (seen.has(name)) twice.push(name)
        seen.set(name, value)
      },
      updated: ({ name, value }) => seen.set(name, value),
      deleted: ({ name }) => seen.delete(name),
    },
  })
  onTestFinished(() => informer[Symbol.asyncDispose]())
  await informer.synced
  let writing = true
  let written = 0
  const writers = Array.from({ length: 4 }, async (_, w) => {
    for (let i = 0; writing; i++) {
      const name = `chaos-${w}-${i % 7}`
      const key = { namespace: 'default', name }
      const object = configMap(name, { value: String(i) })
      object.metadata = { ...object.metadata, labels: { chaos: 'yes' } }
      const attempt =
        i % 3 === 0
          ? client.delete(resources.configMaps, key)
          : client
              .create(resources.configMaps, object)
              .catch(() => client.patch(resources.configMaps, key, 'merge', { data: object.data }))
      await attempt.then(
        () => written++,
        () => new Promise(resolve => setTimeout(resolve, 5)),
      )
    }
  })
  for (let round = 0; round < 5; round++) {
    const goal = written + 50
    await expect.poll(() => written, { timeout: 10_000 }).toBeGreaterThan(goal)
    await plane.down()
    await plane.up()
  }
  writing = false
  await Promise.all(writers)
  const { items } = await client.list<ConfigMap>(resources.configMaps, { namespace: 'default', labelSelector: 'chaos' })
  const expected = Object.fromEntries(items.map(item => [item.metadata?.name, item.data?.value]))
  await expect.poll(() => Object.fromEntries(seen), { timeout: 15_000 }).toEqual(expected)
  const held = Object.fromEntries([...informer.lister.list()].map(({ name, value }) => [name, value]))
  expect(held).toEqual(expected)
  expect(twice).toEqual([])
})
