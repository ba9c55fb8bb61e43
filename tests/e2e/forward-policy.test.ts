import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, execute, type TestCluster, upCluster } from './cluster-harness.ts'

// Docker leaves the host's FORWARD policy at DROP. The host of this test is a network namespace of its own, so that the
// machine's policy stays as it is.
let folder: string
let cluster: TestCluster
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-host-'))
  const pin = join(folder, 'net')
  const made = await execute([
    'sh',
    '-euc',
    `mount --bind ${folder} ${folder}; mount --make-private ${folder}; : > ${pin}; unshare --net=${pin} true; nsenter --net=${pin} sh -euc 'ip link set lo up; iptables -P FORWARD DROP'`,
  ])
  expect(made.stderr).toBe('')
  cluster = await upCluster({ within: ['nsenter', `--net=${pin}`] })
}, 120_000)
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await execute(['sh', '-c', `umount ${join(folder, 'net')}; umount ${folder}`])
  await rm(folder, { recursive: true, force: true })
}, 60_000)

test('pods on different nodes reach each other though the host forwards nothing', async () => {
  const image = (await cluster.kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.images[0].names[0]}')).trim()
  for (const node of ['node-1', 'node-2'])
    await cluster.kubectl(
      'run',
      node,
      `--image=${image}`,
      `--overrides={"spec":{"nodeName":"${node}"}}`,
      '--',
      'nc',
      '-ll',
      '-p',
      '7000',
      '-e',
      'hostname',
    )
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/node-1', 'pod/node-2', '--timeout=30s')
  const address = (await cluster.kubectl('get', 'pod', 'node-2', '-o', 'jsonpath={.status.podIP}')).trim()
  const said = await eventually('the other pod', async () => {
    const result = await cluster.tryKubectl(['exec', 'node-1', '--', 'nc', '-w', '2', address, '7000'])
    return result.stdout === '' ? undefined : result.stdout
  })
  expect(said).toBe('node-2\n')
})
