import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type TestCluster, upCluster } from './cluster-harness.ts'

// Every service is a process of its own, and none of them is one that containers depend on to live.
let cluster: TestCluster
beforeAll(async () => {
  cluster = await upCluster()
  const image = (await cluster.kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.images[0].names[0]}')).trim()
  await cluster.kubectl(
    'run',
    'ticker',
    `--image=${image}`,
    '--overrides={"spec":{"nodeName":"node-1"}}',
    '--',
    'sh',
    '-c',
    'i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.1; done',
  )
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/ticker', '--timeout=30s')
}, 120_000)
afterAll(() => cluster?.[Symbol.asyncDispose](), 60_000)

const containerId = () =>
  cluster.kubectl('get', 'pod', 'ticker', '-o', 'jsonpath={.status.containerStatuses[0].containerID}')

test.each(['api-server', 'scheduler', 'controller-manager', 'container-runtime-shim@node-1', 'kubelet-agent@node-1'])(
  'SIGKILL of %s loses nothing: the container runs on and keeps its log',
  async service => {
    const before = await containerId()
    const { pid } = (await cluster.processes())[service] ?? { pid: 0 }
    expect(pid).toBeGreaterThan(1)
    process.kill(pid, 'SIGKILL')
    await eventually(`another ${service}`, async () => {
      const now = (await cluster.processes())[service]
      return now && now.pid !== pid ? now : undefined
    })
    const ticks = await eventually('an answer', async () => {
      const result = await cluster.tryKubectl(['logs', 'ticker'])
      return result.code === 0 ? result.stdout.trim().split('\n') : undefined
    })
    expect(ticks.slice(0, 3)).toEqual(['tick 1', 'tick 2', 'tick 3'])
    // no tick is missing, and new ones come
    expect(ticks.at(-1)).toBe(`tick ${ticks.length}`)
    await eventually('a new tick', async () => {
      const result = await cluster.tryKubectl(['logs', 'ticker', '--tail=1'])
      return result.code === 0 && Number(result.stdout.split(' ')[1]) > ticks.length ? true : undefined
    })
    expect(await containerId()).toBe(before)
    const restarts = await cluster.kubectl(
      'get',
      'pod',
      'ticker',
      '-o',
      'jsonpath={.status.containerStatuses[0].restartCount}',
    )
    expect(restarts).toBe('0')
    // the service does its work again
    const echoed = await eventually('exec', async () => {
      const result = await cluster.tryKubectl(['exec', 'ticker', '--', 'echo', 'alive'])
      return result.code === 0 ? result.stdout : undefined
    })
    expect(echoed).toBe('alive\n')
  },
  60_000,
)
