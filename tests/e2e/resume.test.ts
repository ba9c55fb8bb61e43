import { expect, test } from 'vitest'
import { eventually, execute, upCluster } from './cluster-harness.ts'

test.each([['embedded'], ['etcd']])(
  'a second up over the same directory resumes the cluster (%s)',
  async storage => {
    await using cluster = await upCluster({ flags: ['--nodes', '1', '--storage', storage] })
    const image = (await cluster.kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.images[0].names[0]}')).trim()
    await cluster.kubectl('create', 'configmap', 'kept', '--from-literal=key=value')
    await cluster.kubectl('run', 'sleeper', `--image=${image}`, '--', 'sleep', '600')
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/sleeper', '--timeout=30s')
    const uid = await cluster.kubectl('get', 'pod', 'sleeper', '-o', 'jsonpath={.metadata.uid}')

    expect((await cluster.kubets('down')).code).toBe(0)
    const left = await execute([
      'sh',
      '-c',
      `ps -eo args | grep -c '[${cluster.directory[0]}]${cluster.directory.slice(1)}' || true`,
    ])
    expect(left.stdout.trim()).toBe('0')
    const up = await cluster.kubets('up', '--detach')
    expect(up.stderr).toBe('')
    expect(up.code).toBe(0)

    expect(await cluster.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.key}')).toBe('value')
    expect(await cluster.kubectl('get', 'pod', 'sleeper', '-o', 'jsonpath={.metadata.uid}')).toBe(uid)
    await eventually('the pod running again', async () => {
      const result = await cluster.tryKubectl(['exec', 'sleeper', '--', 'echo', 'back'])
      return result.stdout === 'back\n' ? true : undefined
    })
  },
  120_000,
)

test('two clusters run side by side, each with its own addresses', async () => {
  await using first = await upCluster({ flags: ['--nodes', '1'] })
  await using second = await upCluster({ flags: ['--nodes', '1'] })
  const address = (cluster: typeof first) =>
    cluster.kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}')
  expect(await address(first)).not.toBe(await address(second))
  await first.kubectl('create', 'configmap', 'only-here')
  expect((await second.tryKubectl(['get', 'configmap', 'only-here'])).code).toBe(1)
}, 120_000)
