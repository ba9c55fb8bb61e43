import type { ConfigMap, KubeObject, Pod, Service } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from './managed-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startManagedPlane()
})
afterAll(() => plane[Symbol.asyncDispose]())

interface Quota extends KubeObject {
  spec?: object
  status?: { hard?: Record<string, string>; used?: Record<string, string> }
}

const namespace = 'counted'
const used = async (name: string) =>
  (await plane.client.get<Quota>(resources.resourceQuotas, { namespace, name })).status?.used

test("a quota's status follows what its namespace uses", async () => {
  const { client } = plane
  await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const hard = {
    pods: '10',
    'requests.cpu': '4',
    'services.nodeports': '5',
    configmaps: '10',
    'count/deployments.apps': '3',
  }
  const quota = (name: string, spec: object) =>
    client.create<Quota>(resources.resourceQuotas, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name, namespace },
      spec,
    } as Quota)
  await quota('all', { hard })
  await quota('short', { hard: { pods: '5' }, scopes: ['Terminating'] })
  // the authority of every namespace is a ConfigMap too
  const empty = { pods: '0', 'requests.cpu': '0', 'services.nodeports': '0', 'count/deployments.apps': '0' }
  await expect.poll(() => used('all')).toEqual({ ...empty, configmaps: '1' })
  expect(await used('short')).toEqual({ pods: '0' })

  const pod = (name: string, more: object = {}) =>
    client.create<Pod>(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      spec: { containers: [{ name: 'c', image: 'busybox', resources: { requests: { cpu: '500m' } } }], ...more },
    } as unknown as Pod)
  await pod('long')
  await pod('brief', { activeDeadlineSeconds: 60 })
  await client.create<Service>(resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'open', namespace },
    spec: {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    },
  } as unknown as Service)
  await client.create<ConfigMap>(resources.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'more', namespace },
  } as ConfigMap)
  await expect
    .poll(() => used('all'))
    .toEqual({
      pods: '2',
      'requests.cpu': '1',
      'services.nodeports': '2',
      configmaps: '2',
      'count/deployments.apps': '0',
    })
  await expect.poll(() => used('short')).toEqual({ pods: '1' })

  // a pod that has ended frees what it asked for
  const ended = { status: { phase: 'Succeeded' } }
  await client.patch(resources.pods, { namespace, name: 'brief' }, 'merge', ended, { subresource: 'status' })
  await client.delete(resources.configMaps, { namespace, name: 'more' })
  await expect.poll(() => used('all')).toMatchObject({ pods: '1', 'requests.cpu': '500m', configmaps: '1' })
  await expect.poll(() => used('short')).toEqual({ pods: '0' })
})
