import type { KubeObject, PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttributesClass } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import { type ResourceRef, resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from './managed-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startManagedPlane()
})
afterAll(() => plane[Symbol.asyncDispose]())

const namespace = 'default'
const size = { storage: '1Gi' }
const isGone = (ref: ResourceRef, key: { namespace?: string; name: string }) =>
  plane.client.get<KubeObject>(ref, key).then(
    () => false,
    error => {
      if (!isNotFound(error)) throw error
      return true
    },
  )
const claim = (name: string, more: object = {}) =>
  plane.client.create<PersistentVolumeClaim>(resources.persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: size }, ...more },
  } as unknown as PersistentVolumeClaim)

test('a claim goes when the last pod that uses it has gone, and at once when none does', async () => {
  const { client } = plane
  const made = await claim('used')
  expect(made.metadata?.finalizers).toEqual(['kubernetes.io/pvc-protection'])
  await claim('unused')
  await client.create<Pod>(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'user', namespace },
    spec: {
      nodeName: 'somewhere',
      containers: [{ name: 'c', image: 'i' }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'used' } }],
    },
  } as unknown as Pod)
  for (const name of ['used', 'unused']) await client.delete(resources.persistentVolumeClaims, { namespace, name })
  await expect.poll(() => isGone(resources.persistentVolumeClaims, { namespace, name: 'unused' })).toBe(true)
  expect(await isGone(resources.persistentVolumeClaims, { namespace, name: 'used' })).toBe(false)
  await client.delete(resources.pods, { namespace, name: 'user' }, { gracePeriodSeconds: 0 })
  await expect.poll(() => isGone(resources.persistentVolumeClaims, { namespace, name: 'used' })).toBe(true)
})

test('a volume goes when it is bound no more', async () => {
  const { client } = plane
  const key = { name: 'disk' }
  const made = await client.create<PersistentVolume>(resources.persistentVolumes, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: key,
    spec: { capacity: size, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp' } },
  } as unknown as PersistentVolume)
  expect(made.metadata?.finalizers).toEqual(['kubernetes.io/pv-protection'])
  const phase = (to: string) =>
    client.patch(resources.persistentVolumes, key, 'merge', { status: { phase: to } }, { subresource: 'status' })
  await phase('Bound')
  await client.delete(resources.persistentVolumes, key)
  expect(await isGone(resources.persistentVolumes, key)).toBe(false)
  await phase('Released')
  await expect.poll(() => isGone(resources.persistentVolumes, key)).toBe(true)
})

test('a class of attributes goes when no claim has it any more', async () => {
  const { client } = plane
  const key = { name: 'fast' }
  await client.create<VolumeAttributesClass>(resources.volumeAttributesClasses, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttributesClass',
    metadata: key,
    driverName: 'd.example.com',
    parameters: { iops: '1' },
  } as unknown as VolumeAttributesClass)
  await claim('fast-data', { volumeAttributesClassName: 'fast' })
  await client.delete(resources.volumeAttributesClasses, key)
  expect(await isGone(resources.volumeAttributesClasses, key)).toBe(false)
  await client.delete(resources.persistentVolumeClaims, { namespace, name: 'fast-data' })
  await expect.poll(() => isGone(resources.volumeAttributesClasses, key)).toBe(true)
})
