import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInvalidArgument, isNotFound, rpcCode } from '@kubets/cri'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failure, ShimHarness } from '../testing/shim-harness.ts'

let shim: ShimHarness
beforeAll(async () => {
  shim = await ShimHarness.start()
})
afterAll(() => shim[Symbol.asyncDispose]())

test('a pod gets an address, a host name, its DNS configuration and a loopback that is up', async () => {
  const sandbox = await shim.sandbox({ hostname: 'web-0' })
  const { status } = await shim.client.podSandboxStatus({ podSandboxId: sandbox })
  expect(status).toMatchObject({ state: 'SANDBOX_READY', metadata: { name: 'pod', namespace: 'default' } })
  expect(status?.network?.ip).toMatch(/^10\.213\.7\.\d+$/)
  const id = await shim.run(
    sandbox,
    'hostname; cat /etc/hostname /etc/resolv.conf; ip -4 -o addr | sed "s/.*inet \\([^ ]*\\).*/\\1/"; echo $HOSTNAME; cat /proc/sys/net/ipv4/ip_unprivileged_port_start',
  )
  await shim.ended(id)
  expect((await shim.output(id)).split('\n')).toEqual([
    'web-0',
    'web-0',
    'search default.svc.cluster.local',
    'nameserver 10.96.0.10',
    'options ndots:5',
    '127.0.0.1/8',
    expect.stringMatching(`^${status?.network?.ip.replaceAll('.', '\\.')}/`),
    'web-0',
    '0',
    '',
  ])
})

test('containers of one pod share its network and shared memory, not its processes', async () => {
  const sandbox = await shim.sandbox()
  const server = await shim.run(sandbox, 'echo kept > /dev/shm/file; nc -l -p 8080 -e echo served; sleep 60')
  const { status } = await shim.client.podSandboxStatus({ podSandboxId: sandbox })
  const client = await shim.run(
    sandbox,
    `until nc 127.0.0.1 8080; do :; done; cat /dev/shm/file; ls /proc | grep -c '^[0-9]*$'; echo ${status?.network?.ip}`,
  )
  await shim.ended(client)
  const [served, kept, processes] = (await shim.output(client)).split('\n').filter(line => !line.startsWith('nc:'))
  expect([served, kept]).toEqual(['served', 'kept'])
  expect(Number(processes)).toBeLessThan(5)
  await shim.client.stopContainer({ containerId: server, timeout: 0 })
})

test('a stopped pod has given everything back, keeps its record and may be stopped again', async () => {
  const sandbox = await shim.sandbox()
  const running = await shim.run(sandbox, 'sleep 100')
  const addresses = () => readdirSync(join(shim.dir, 'ipam/test')).filter(name => name.startsWith('10.')).length
  const before = addresses()
  await shim.client.stopPodSandbox({ podSandboxId: sandbox })
  await shim.client.stopPodSandbox({ podSandboxId: sandbox })
  expect(addresses()).toBe(before - 1)
  expect(await shim.status(running)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 137 })
  const { status } = await shim.client.podSandboxStatus({ podSandboxId: sandbox })
  expect(status).toMatchObject({ state: 'SANDBOX_NOTREADY', network: { ip: expect.stringMatching(/^10\./) } })
  expect(existsSync(join(shim.dir, 'state/sandboxes', sandbox))).toBe(false)
  expect((await failure(shim.create(sandbox, 'true'))).message).toContain(`"${sandbox}" is not running`)
  await shim.client.removePodSandbox({ podSandboxId: sandbox })
  await shim.client.removePodSandbox({ podSandboxId: sandbox })
  expect(isNotFound(await failure(shim.client.podSandboxStatus({ podSandboxId: sandbox })))).toBe(true)
  expect(isNotFound(await failure(shim.status(running)))).toBe(true)
})

test('a pod in the network of the node has its host name and interfaces, and no address of its own', async () => {
  const linux = { securityContext: { namespaceOptions: { network: 'NODE', pid: 'CONTAINER', ipc: 'NODE' } } } as const
  const sandbox = await shim.sandbox({ linux: { ...linux, cgroupParent: `${shim.cgroup}/host` } })
  const id = await shim.run(
    sandbox,
    'hostname; readlink /proc/self/ns/net; readlink /proc/self/ns/ipc; ls -d /dev/mqueue',
    {
      linux,
    },
  )
  await shim.ended(id)
  const own = execFileSync('readlink', ['/proc/self/ns/net', '/proc/self/ns/ipc'], { encoding: 'utf8' })
  expect(await shim.output(id)).toBe(`${execFileSync('hostname', { encoding: 'utf8' })}${own}/dev/mqueue\n`)
  const { status } = await shim.client.podSandboxStatus({ podSandboxId: sandbox })
  expect(status?.network?.ip).toBe('')
})

test('sysctls of the pod hold in its namespaces only', async () => {
  const before = readFileSync('/proc/sys/kernel/shm_rmid_forced', 'utf8')
  const sysctls = { 'kernel.shm_rmid_forced': '1', 'net.ipv4.tcp_syncookies': '0' }
  const sandbox = await shim.sandbox({ linux: { sysctls } })
  const id = await shim.run(sandbox, 'cat /proc/sys/kernel/shm_rmid_forced /proc/sys/net/ipv4/tcp_syncookies')
  await shim.ended(id)
  expect(await shim.output(id)).toBe('1\n0\n')
  expect(readFileSync('/proc/sys/kernel/shm_rmid_forced', 'utf8')).toBe(before)
  const error = await failure(shim.sandbox({ linux: { sysctls: { 'net.no.such': '1' } } }))
  expect(error.message).toContain('failed to set sysctl net.no.such=1')
})

test('a shared process namespace has catatonit as process 1, and all containers in it', async () => {
  const linux = { securityContext: { namespaceOptions: { pid: 'POD' } } } as const
  const sandbox = await shim.sandbox({ linux })
  const sleeper = await shim.run(sandbox, 'sleep 1000', { linux })
  const id = await shim.run(sandbox, 'ps -o pid,args', { linux })
  await shim.ended(id)
  expect(await shim.output(id)).toMatch(/^\s+1 \/pause -P$/m)
  expect(await shim.output(id)).toContain('sleep 1000')
  await shim.client.stopContainer({ containerId: sleeper, timeout: 0 })
  expect((await shim.status(sleeper)).exitCode).toBe(137)
  await shim.client.removePodSandbox({ podSandboxId: sandbox })
})

test('a host port leads to the pod while it lives', async () => {
  const sandbox = await shim.sandbox({
    portMappings: [{ protocol: 'TCP', hostPort: 18080, containerPort: 80 }],
  })
  const { status } = await shim.client.podSandboxStatus({ podSandboxId: sandbox })
  const rules = () => execFileSync('iptables-save', ['-t', 'nat'], { encoding: 'utf8' })
  expect(rules()).toContain(`--to-destination ${status?.network?.ip}:80`)
  await shim.client.stopPodSandbox({ podSandboxId: sandbox })
  expect(rules()).not.toContain('18080')
})

test('the same pod is not made twice, and a failed one leaves nothing behind', async () => {
  const config = shim.sandboxConfig()
  const { podSandboxId } = await shim.client.runPodSandbox({ config })
  const again = await failure(shim.client.runPodSandbox({ config }))
  expect(again).toMatchObject({ code: rpcCode.alreadyExists })
  expect(again.message).toContain(`is reserved for "${podSandboxId}"`)
  const count = async () => (await shim.client.listPodSandbox({})).items.length
  const before = await count()
  const file = join(shim.dir, 'net.d/10-test.conflist')
  const good = readFileSync(file, 'utf8')
  writeFileSync(file, good.replace('10.213.7.0/24', 'nonsense'))
  const broken = await failure(shim.sandbox()).finally(() => writeFileSync(file, good))
  expect(broken.message).toMatch(/failed to setup network for sandbox "[0-9a-f]{64}": plugin type="ptp" failed \(add\)/)
  expect(await count()).toBe(before)
})

test('user namespaces and unknown runtime handlers are refused in plain words', async () => {
  const userns = { usernsOptions: { mode: 'POD' } } as const
  const error = await failure(shim.sandbox({ linux: { securityContext: { namespaceOptions: userns } } }))
  expect(isInvalidArgument(error)).toBe(true)
  expect(error.message).toContain('hostUsers: false')
  const config = shim.sandboxConfig()
  const handler = await failure(shim.client.runPodSandbox({ config, runtimeHandler: 'gvisor' }))
  expect(handler.message).toBe('no runtime for "gvisor" is configured')
})

test('many pods start and end at the same time, and a pod that is stopped while it starts leaves nothing running', async () => {
  const pods = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const sandbox = await shim.sandbox()
      const containerId = await shim.create(sandbox, 'sleep 1000')
      const start = shim.client.startContainer({ containerId }).catch(error => error)
      if (index % 2 === 0) await start
      await shim.client.stopPodSandbox({ podSandboxId: sandbox })
      await start
      return { sandbox, containerId }
    }),
  )
  for (const { containerId } of pods) expect((await shim.status(containerId)).state).not.toBe('CONTAINER_RUNNING')
  await Promise.all(pods.map(({ sandbox }) => shim.client.removePodSandbox({ podSandboxId: sandbox })))
})
