import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type TestCluster, upCluster } from './cluster-harness.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await upCluster()
}, 120_000)
afterAll(() => cluster?.[Symbol.asyncDispose](), 60_000)

const web = JSON.stringify({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'busybox', image: 'busybox:1.35', command: ['sleep', '600'] }],
      },
    },
  },
})

test('a Deployment of real containers rolls over, survives a killed controller manager, and goes with its namespace', async () => {
  const { kubectl } = cluster
  const rolledOut = () => kubectl('-n', 'shop', 'rollout', 'status', 'deployment/web', '--timeout=60s')
  await kubectl('create', 'namespace', 'shop')
  const applied = await cluster.tryKubectl(['create', '-f', '-'], { input: web })
  expect(applied).toMatchObject({ code: 0 })
  expect(await rolledOut()).toContain('successfully rolled out')

  const { pid } = (await cluster.processes())['controller-manager'] ?? { pid: 0 }
  expect(pid).toBeGreaterThan(1)
  process.kill(pid, 'SIGKILL')
  await kubectl('-n', 'shop', 'set', 'image', 'deployment/web', 'busybox=busybox:1.35.0')
  expect(await rolledOut()).toContain('successfully rolled out')
  const images = () => kubectl('-n', 'shop', 'get', 'pods', '-o', 'jsonpath={.items[*].spec.containers[*].image}')
  await eventually('the end of the old pods', async () =>
    (await images()) === 'busybox:1.35.0 busybox:1.35.0' ? true : undefined,
  )
  await kubectl('delete', 'namespace', 'shop', '--timeout=60s')
  expect((await cluster.tryKubectl(['get', 'namespace', 'shop'])).code).toBe(1)
}, 120_000)
