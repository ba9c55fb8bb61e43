import type { EndpointSlice, Endpoints, Pod, PodDisruptionBudget, Service } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from './managed-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startManagedPlane()
})
afterAll(() => plane[Symbol.asyncDispose]())

const namespace = 'default'
const labels = { app: 'web' }
const place = (name: string) => ({ namespace, name })

async function slicesOf(service: string) {
  const { items } = await plane.client.list<EndpointSlice>(resources.endpointSlices, { namespace })
  return items.filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === service)
}
const endpoints = (name: string) => plane.client.get<Endpoints>(resources.endpoints, place(name))

async function runPod(name: string, ip: string) {
  const { client } = plane
  await client.create<Pod>(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
  } as unknown as Pod)
  const conditions = [{ type: 'Ready', status: 'True' }]
  const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions }
  await client.patch(resources.pods, place(name), 'merge', { status }, { subresource: 'status' })
}

test('a Service leads to its pods, in Endpoints and in slices, for as long as they are there', async () => {
  const { client } = plane
  await client.create(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } })
  await client.create<Service>(resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { selector: labels, ports: [{ port: 80 }] },
  } as unknown as Service)
  // one that leads nowhere yet
  await expect.poll(async () => (await slicesOf('web')).map(slice => slice.endpoints ?? [])).toEqual([[]])
  await runPod('a', '10.0.0.1')
  await runPod('b', '10.0.0.2')
  const addresses = async () =>
    (await slicesOf('web')).flatMap(slice => (slice.endpoints ?? []).flatMap(e => e.addresses)).sort()
  await expect.poll(addresses).toEqual(['10.0.0.1', '10.0.0.2'])
  await expect
    .poll(async () => (await endpoints('web')).subsets?.[0]?.addresses?.map(({ ip }) => ip))
    .toEqual(['10.0.0.1', '10.0.0.2'])
  await client.delete(resources.pods, place('a'), { gracePeriodSeconds: 0 })
  await expect.poll(addresses).toEqual(['10.0.0.2'])
  await client.delete(resources.services, place('web'))
  await expect.poll(() => slicesOf('web')).toEqual([])
  await expect.poll(() => endpoints('web').catch((error: Error) => error.message)).toContain('not found')
})

test('Endpoints that a user writes for a Service without a selector are mirrored', async () => {
  const { client } = plane
  await client.create<Service>(resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'own', namespace },
    spec: { ports: [{ port: 80 }] },
  } as unknown as Service)
  const made = await client.create<Endpoints>(resources.endpoints, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'own', namespace },
    subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }],
  } as unknown as Endpoints)
  const mirrored = async () =>
    (await slicesOf('own')).flatMap(slice => (slice.endpoints ?? []).flatMap(e => e.addresses))
  await expect.poll(mirrored).toEqual(['10.1.2.3'])
  await client.update<Endpoints>(resources.endpoints, {
    ...made,
    subsets: [{ addresses: [{ ip: '10.2.3.4' }], ports: [{ port: 80 }] }],
  } as unknown as Endpoints)
  await expect.poll(mirrored).toEqual(['10.2.3.4'])
  await client.delete(resources.endpoints, place('own'))
  await expect.poll(mirrored).toEqual([])
})

test('a disruption budget says how many of its pods may go', async () => {
  const { client } = plane
  await runPod('c', '10.0.0.3')
  await client.create<PodDisruptionBudget>(resources.podDisruptionBudgets, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'budget', namespace },
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  } as unknown as PodDisruptionBudget)
  const status = async () =>
    (await client.get<PodDisruptionBudget>(resources.podDisruptionBudgets, place('budget'))).status
  await expect
    .poll(status)
    .toMatchObject({ expectedPods: 2, currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1 })
  await client.delete(resources.pods, place('c'), { gracePeriodSeconds: 0 })
  await expect.poll(status).toMatchObject({ expectedPods: 1, currentHealthy: 1, disruptionsAllowed: 0 })
})
