import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type TestCluster, upCluster } from './cluster-harness.ts'

const examples = join(import.meta.dirname, '../../k8s-manifests/examples')

let cluster: TestCluster
beforeAll(async () => {
  cluster = await upCluster({ flags: ['--nodes', '1'] })
}, 120_000)
afterAll(() => cluster?.[Symbol.asyncDispose](), 60_000)

test('every example applies, becomes Ready, and applies again without a change', async () => {
  const created = await cluster.kubectl('apply', '-f', examples)
  expect(created.trim().split('\n').sort()).toEqual([
    'configmap/page created',
    'pod/hello created',
    'pod/web created',
    'pod/worker created',
  ])
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=30s')
  const generations = () =>
    cluster.kubectl('get', 'pods', '-o', 'jsonpath={range .items[*]}{.metadata.name} {.metadata.generation};{end}')
  const before = await generations()
  const again = await cluster.kubectl('apply', '-f', examples)
  // kubectl sends the order of a pod's own volumes once another stands beside them, the token's: 'configured' though nothing is
  expect(again.trim().split('\n').sort()).toEqual([
    'configmap/page unchanged',
    'pod/hello unchanged',
    'pod/web configured',
    'pod/worker configured',
  ])
  expect(await generations()).toBe(before)
}, 60_000)

test('the sidecar reads what the main container writes', async () => {
  const line = await eventually('the first line', async () => {
    const { stdout } = await cluster.tryKubectl(['logs', 'worker', '-c', 'reader'])
    return stdout.split('\n')[0] || undefined
  })
  expect(line).toBe('line 1 on node-1')
})

test('a changed ConfigMap reaches the file in the pod', async () => {
  await cluster.kubectl('patch', 'configmap', 'page', '--type=merge', '-p', '{"data":{"index.html":"changed"}}')
  await eventually('the new page', async () => {
    const { stdout } = await cluster.tryKubectl(['exec', 'web', '--', 'cat', '/www/index.html'])
    return stdout === 'changed' ? true : undefined
  })
})
