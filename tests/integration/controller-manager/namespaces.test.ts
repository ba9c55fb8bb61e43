import type { ConfigMap, Namespace, ServiceAccount } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { changeable } from '@kubets/component'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from './managed-plane.ts'

const authority = changeable('the authority', error => {
  throw error
})
let plane: ControlPlane
beforeAll(async () => {
  plane = await startManagedPlane({ rootCa: authority })
})
afterAll(() => plane[Symbol.asyncDispose]())

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }) as Namespace
const gone = (name: string) => () =>
  plane.client.get(resources.namespaces, { name }).then(
    () => 'there',
    error => (isNotFound(error) ? 'gone' : error),
  )

test('every namespace gets its default ServiceAccount and the authority, again when they are deleted or changed', async () => {
  const { client } = plane
  await client.create(resources.namespaces, namespace('furnished'))
  const account = () =>
    client
      .get<ServiceAccount>(resources.serviceAccounts, { namespace: 'furnished', name: 'default' })
      .catch(() => undefined)
  const published = () =>
    client
      .get<ConfigMap>(resources.configMaps, { namespace: 'furnished', name: 'kube-root-ca.crt' })
      .catch(() => undefined)
  await expect.poll(async () => (await account())?.metadata?.name).toBe('default')
  await expect.poll(async () => (await published())?.data).toEqual({ 'ca.crt': 'the authority' })
  expect((await published())?.metadata?.annotations?.['kubernetes.io/description']).toMatch(/^Contains a CA bundle/)

  const uid = (await account())?.metadata?.uid
  await client.delete(resources.serviceAccounts, { namespace: 'furnished', name: 'default' })
  await expect.poll(async () => (await account())?.metadata?.uid ?? uid).not.toBe(uid)
  await client.patch(resources.configMaps, { namespace: 'furnished', name: 'kube-root-ca.crt' }, 'merge', {
    data: { 'ca.crt': 'another', more: 'x' },
  })
  await expect.poll(async () => (await published())?.data).toEqual({ 'ca.crt': 'the authority' })

  // --root-ca-file has changed
  authority.set('the next authority')
  await expect.poll(async () => (await published())?.data).toEqual({ 'ca.crt': 'the next authority' })
})

test('a namespace that is deleted loses its content and goes', async () => {
  const { client } = plane
  await client.create(resources.namespaces, namespace('going'))
  for (const name of ['a', 'b'])
    await client.create(resources.configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'going' },
    } as ConfigMap)
  await client.delete(resources.namespaces, { name: 'going' })
  await expect.poll(gone('going')).toBe('gone')
  expect((await client.list(resources.configMaps, { namespace: 'going' })).items).toEqual([])
})

test('an object that somebody holds keeps the namespace, whose conditions say so', async () => {
  const { client } = plane
  await client.create(resources.namespaces, namespace('held'))
  const key = { namespace: 'held', name: 'kept' }
  await client.create(resources.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...key, finalizers: ['example.com/hold'] },
  } as ConfigMap)
  await client.delete(resources.namespaces, { name: 'held' })
  const conditions = async () =>
    Object.fromEntries(
      ((await client.get<Namespace>(resources.namespaces, { name: 'held' })).status?.conditions ?? []).map(
        ({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`],
      ),
    )
  await expect.poll(conditions).toEqual({
    NamespaceDeletionDiscoveryFailure: 'False ResourcesDiscovered: All resources successfully discovered',
    NamespaceDeletionGroupVersionParsingFailure: 'False ParsedGroupVersions: All legacy kube types successfully parsed',
    NamespaceDeletionContentFailure:
      'False ContentDeleted: All content successfully deleted, may be waiting on finalization',
    NamespaceContentRemaining:
      'True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances',
    NamespaceFinalizersRemaining:
      'True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  })
  await client.patch(resources.configMaps, key, 'merge', { metadata: { finalizers: null } })
  // upstream looks again after half of its estimate of 15 seconds
  await expect.poll(gone('held'), { timeout: 20_000 }).toBe('gone')
})
