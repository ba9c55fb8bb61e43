import type { ConfigMap, Event, OwnerReference } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import { type DeleteOptions, resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from './managed-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startManagedPlane()
})
afterAll(() => plane[Symbol.asyncDispose]())

type Meta = NonNullable<ConfigMap['metadata']>
const create = (name: string, more: Partial<Meta> = {}) =>
  plane.client.create<ConfigMap>(resources.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ...more },
  } as ConfigMap)
const owner = ({ metadata }: ConfigMap, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: metadata?.name ?? '',
  uid: metadata?.uid ?? '',
  ...more,
})
const get = (name: string) =>
  plane.client.get<ConfigMap>(resources.configMaps, { namespace: 'default', name }).catch(error => {
    if (isNotFound(error)) return undefined
    throw error
  })
const remove = (name: string, options: DeleteOptions = {}) =>
  plane.client.delete(resources.configMaps, { namespace: 'default', name }, options)
const there =
  (...names: string[]) =>
  async () =>
    (await Promise.all(names.map(get))).map((object, i) => (object === undefined ? '' : names[i])).filter(Boolean)

test('background: the owner goes at once, its dependents and theirs after it', async () => {
  const top = await create('b-top')
  const middle = await create('b-middle', { ownerReferences: [owner(top)] })
  await create('b-leaf', { ownerReferences: [owner(middle)] })
  await remove('b-top', { propagationPolicy: 'Background' })
  expect(await get('b-top')).toBeUndefined()
  await expect.poll(there('b-middle', 'b-leaf')).toEqual([])
})

test('foreground: the owner stays until the dependents that block it are gone', async () => {
  const top = await create('f-top')
  await create('f-held', {
    ownerReferences: [owner(top, { blockOwnerDeletion: true })],
    finalizers: ['example.com/hold'],
  })
  await create('f-free', { ownerReferences: [owner(top)], finalizers: ['example.com/hold'] })
  await create('f-leaf', { ownerReferences: [owner(top, { blockOwnerDeletion: true })] })
  await remove('f-top', { propagationPolicy: 'Foreground' })
  await expect.poll(there('f-leaf')).toEqual([])
  await expect.poll(async () => (await get('f-held'))?.metadata?.deletionTimestamp).toBeTruthy()
  expect((await get('f-top'))?.metadata?.finalizers).toEqual(['foregroundDeletion'])
  const release = { metadata: { finalizers: null } }
  await plane.client.patch(resources.configMaps, { namespace: 'default', name: 'f-held' }, 'merge', release)
  // the one that does not block is still there
  await expect.poll(there('f-top', 'f-held')).toEqual([])
  await plane.client.patch(resources.configMaps, { namespace: 'default', name: 'f-free' }, 'merge', release)
  await expect.poll(there('f-free')).toEqual([])
})

test('orphan: the dependents stay and have no owner any more', async () => {
  const top = await create('o-top')
  await create('o-leaf', { ownerReferences: [owner(top)] })
  await remove('o-top', { propagationPolicy: 'Orphan' })
  await expect.poll(there('o-top')).toEqual([])
  expect((await get('o-leaf'))?.metadata?.ownerReferences ?? []).toEqual([])
})

test('an owner that never was, or that another object stands for by now, counts as gone', async () => {
  const ghost = { apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: '00000000-0000-4000-8000-000000000001' }
  await create('a-orphan', { ownerReferences: [ghost] })
  const namesake = await create('a-namesake')
  await create('a-mistaken', { ownerReferences: [{ ...owner(namesake), uid: '00000000-0000-4000-8000-000000000002' }] })
  await expect.poll(there('a-orphan', 'a-mistaken', 'a-namesake')).toEqual(['a-namesake'])
})

test('one owner that is there keeps the object, which loses its references to those that are not', async () => {
  const solid = await create('s-solid')
  const going = await create('s-going')
  await create('s-shared', { ownerReferences: [owner(solid), owner(going)] })
  await remove('s-going')
  await expect
    .poll(async () => (await get('s-shared'))?.metadata?.ownerReferences?.map(({ name }) => name))
    .toEqual(['s-solid'])
})

test('an owner in another namespace is no owner, and an event says so', async () => {
  const { client } = plane
  const elsewhere = await client.create<ConfigMap>(resources.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'n-elsewhere', namespace: 'kube-public' },
  } as ConfigMap)
  await create('n-mistaken', { ownerReferences: [owner(elsewhere)] })
  await expect.poll(there('n-mistaken')).toEqual([])
  const reasons = async () =>
    (
      await client.list<Event>(resources.events, {
        namespace: 'default',
        fieldSelector: 'involvedObject.name=n-mistaken',
      })
    ).items.map(({ reason, source }) => `${source?.component}: ${reason}`)
  await expect.poll(reasons).toEqual(['garbage-collector-controller: OwnerRefInvalidNamespace'])
})

test('two that own each other go together, in the foreground too', async () => {
  for (const [policy, a, b] of [
    ['Background', 'c-a', 'c-b'],
    ['Foreground', 'c-c', 'c-d'],
  ] as const) {
    const first = await create(a)
    const second = await create(b, { ownerReferences: [owner(first, { blockOwnerDeletion: true })] })
    const references = [owner(second, { blockOwnerDeletion: true })]
    const body = { metadata: { ownerReferences: references } }
    await plane.client.patch(resources.configMaps, { namespace: 'default', name: a }, 'merge', body)
    await remove(a, { propagationPolicy: policy })
    await expect.poll(there(a, b)).toEqual([])
  }
})
