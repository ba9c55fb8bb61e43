import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeadlineExceeded, isInvalidArgument, isNotFound, isUnimplemented, rpcCode } from '@kubets/cri'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll, ShimHarness } from '../testing/shim-harness.ts'

let shim: ShimHarness
beforeAll(async () => {
  shim = await ShimHarness.start()
})
afterAll(() => shim[Symbol.asyncDispose]())

const failure = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable('the call should fail'),
    error => error as Error,
  )

describe('pod sandboxes', () => {
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
    const linux = { securityContext: { namespaceOptions: { network: 'NODE', pid: 'CONTAINER' } } } as const
    const sandbox = await shim.sandbox({ linux: { ...linux, cgroupParent: `${shim.cgroup}/host` } })
    const id = await shim.run(sandbox, 'hostname; readlink /proc/self/ns/net', { linux })
    await shim.ended(id)
    const own = execFileSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' })
    expect(await shim.output(id)).toBe(`${execFileSync('hostname', { encoding: 'utf8' })}${own}`)
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
    expect(broken.message).toMatch(
      /failed to setup network for sandbox "[0-9a-f]{64}": plugin type="ptp" failed \(add\)/,
    )
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
})

describe('containers', () => {
  let sandbox: string
  beforeAll(async () => {
    sandbox = await shim.sandbox()
  })

  test('a container runs, its output is in the CRI log, its exit code in its status', async () => {
    const id = await shim.run(sandbox, 'echo out; echo err >&2; printf part; exit 3')
    expect(await shim.ended(id)).toMatchObject({ exitCode: 3, reason: 'Error' })
    const log = await shim.log(id)
    expect(log).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d) stdout F out$/m)
    expect(log).toMatch(/ stderr F err$/m)
    expect(log).toMatch(/ stdout P part$/m)
  })

  test('times of a container follow each other', async () => {
    const before = BigInt(Date.now()) * 1_000_000n
    const id = await shim.run(sandbox, 'exit 0')
    const { createdAt, startedAt, finishedAt, reason } = await shim.ended(id)
    expect(reason).toBe('Completed')
    expect(BigInt(createdAt)).toBeGreaterThanOrEqual(before)
    expect(BigInt(startedAt)).toBeGreaterThanOrEqual(BigInt(createdAt))
    expect(BigInt(finishedAt)).toBeGreaterThanOrEqual(BigInt(startedAt))
  })

  test('environment, folder, user and groups are those of image and pod together', async () => {
    const id = await shim.run(sandbox, 'echo $FROM_IMAGE $FROM_POD; pwd; id; grep CapEff /proc/self/status', {
      envs: [{ key: 'FROM_POD', value: 'too' }],
      linux: {
        securityContext: {
          namespaceOptions: { pid: 'CONTAINER' },
          runAsUser: { value: 1000 },
          supplementalGroups: [2000],
        },
      },
    })
    const status = await shim.ended(id)
    expect(await shim.output(id)).toBe(
      'yes too\n/tmp\nuid=1000(web) gid=1001(web) groups=1001(web),1002(extra),2000\nCapEff:\t0000000000000000\n',
    )
    expect(status.user?.linux).toEqual({ uid: '1000', gid: '1001', supplementalGroups: ['1001', '1002', '2000'] })
  })

  test('a command that is not in the image fails to start, in the words of every runtime', async () => {
    const id = await shim.create(sandbox, '', { command: ['nonsense'] })
    const error = await failure(shim.client.startContainer({ containerId: id }))
    expect(error.message).toMatch(/: exec: "nonsense": executable file not found in \$PATH/)
    expect(await shim.status(id)).toMatchObject({
      state: 'CONTAINER_EXITED',
      exitCode: 128,
      reason: 'StartError',
      message: error.message,
    })
  })

  test('an image that is not here, a missing user and a second container of the same name are refused', async () => {
    const image = await failure(shim.create(sandbox, 'true', { image: { image: 'absent' } }))
    expect(isNotFound(image)).toBe(true)
    expect(image.message).toBe('failed to resolve image "absent": not found')
    const securityContext = { runAsUsername: 'nobody-here' }
    const user = await failure(shim.create(sandbox, 'true', { linux: { securityContext } }))
    expect(user.message).toContain('unable to find user nobody-here: no matching entries in passwd file')
    const metadata = { name: 'twice', attempt: 1 }
    await shim.create(sandbox, 'true', { metadata })
    expect((await failure(shim.create(sandbox, 'true', { metadata }))).message).toContain('"twice"')
  })

  test('volumes are mounted as asked: read-only, created on demand, parents first', async () => {
    const host = join(shim.dir, 'volume')
    mkdirSync(join(host, 'deep'), { recursive: true })
    writeFileSync(join(host, 'file'), 'from the host\n')
    const id = await shim.run(
      sandbox,
      'cat /a/file; echo x > /a/file; echo written > /a/deep/new; mount | grep -c " /a"; touch /readonly 2>&1; ls /etc/hosts',
      {
        mounts: [
          { containerPath: '/a/deep', hostPath: join(host, 'made/by/us') },
          { containerPath: '/a', hostPath: host, readonly: true, recursiveReadOnly: true },
        ],
        linux: { securityContext: { namespaceOptions: { pid: 'CONTAINER' }, readonlyRootfs: true } },
      },
    )
    await shim.ended(id)
    const output = await shim.output(id)
    expect(output).toContain('from the host\n')
    expect(output).toContain("can't create /a/file: Read-only file system")
    expect(output).toContain('touch: /readonly: Read-only file system')
    expect(output).toContain('/etc/hosts')
    expect(readFileSync(join(host, 'made/by/us/new'), 'utf8')).toBe('written\n')
  })

  test("the image's volumes are filled from the image, its user and stop signal count", async () => {
    const id = await shim.run(
      sandbox,
      'cat /data/seed; id -u; trap "echo usr1; exit 7" USR1; while :; do sleep 0.01; done',
      {
        image: { image: 'volumes' },
      },
    )
    for await (const _ of poll(5_000)) if ((await shim.output(id)).includes('1000')) break
    await shim.client.stopContainer({ containerId: id, timeout: 10 })
    expect(await shim.status(id)).toMatchObject({ exitCode: 7 })
    expect(await shim.output(id)).toBe('from the image\n1000\nusr1\n')
  })

  test('a container gets the seccomp filter that it asks for', async () => {
    const securityContext = (profileType: 'RuntimeDefault' | 'Unconfined') => ({
      securityContext: { namespaceOptions: { pid: 'CONTAINER' as const }, seccomp: { profileType } },
    })
    const script =
      'grep "^Seccomp:" /proc/self/status; unshare -U true 2>&1; wget -q http://127.0.0.1:1/ 2>&1; ls / >/dev/null; echo fine'
    const filtered = await shim.run(sandbox, script, { linux: securityContext('RuntimeDefault') })
    await shim.ended(filtered)
    expect(await shim.output(filtered)).toMatch(/Seccomp:\t2\nunshare: .*not permitted\nwget: .*refused\nfine\n/)
    const free = await shim.run(sandbox, script, { linux: securityContext('Unconfined') })
    await shim.ended(free)
    expect(await shim.output(free)).toContain('Seccomp:\t0\n')
  })

  test('a privileged container has what the runtime itself has, devices included, and is told what it lacks', async () => {
    const id = await shim.run(
      sandbox,
      'grep CapEff /proc/self/status; test -e /dev/vda || ls /dev/loop* >/dev/null && echo devices; mount -t tmpfs x /tmp && echo mounted',
      {
        linux: {
          resources: { oomScoreAdj: -997 },
          securityContext: { privileged: true, namespaceOptions: { pid: 'CONTAINER' } },
        },
      },
    )
    expect(await shim.ended(id)).toMatchObject({ exitCode: 0 })
    const own = /CapEff:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    expect(await shim.output(id)).toBe(`CapEff:\t${own}\ndevices\nmounted\n`)
  })

  test('a container that outgrows its memory is OOMKilled', async () => {
    const id = await shim.run(sandbox, 'tail /dev/zero', {
      linux: {
        resources: { memoryLimitInBytes: 32 << 20 },
        securityContext: { namespaceOptions: { pid: 'CONTAINER' } },
      },
    })
    expect(await shim.ended(id)).toMatchObject({ reason: 'OOMKilled' })
  })

  test('stopping asks first and kills after the grace', async () => {
    const polite = await shim.run(sandbox, 'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.01; done')
    const deaf = await shim.run(sandbox, 'trap "" TERM; echo ready; while :; do sleep 0.01; done')
    for (const id of [polite, deaf]) for await (const _ of poll(5_000)) if (await shim.output(id)) break
    const start = Date.now()
    await shim.client.stopContainer({ containerId: polite, timeout: 30 })
    expect(await shim.status(polite)).toMatchObject({ exitCode: 5 })
    expect(Date.now() - start).toBeLessThan(10_000)
    await shim.client.stopContainer({ containerId: deaf, timeout: 1 })
    expect(await shim.status(deaf)).toMatchObject({ exitCode: 137, reason: 'Error' })
    await shim.client.stopContainer({ containerId: deaf, timeout: 1 })
  })

  test('resources can be changed while a container runs, and before it starts', async () => {
    const linux = {
      securityContext: { namespaceOptions: { pid: 'CONTAINER' as const } },
      resources: { memoryLimitInBytes: 64 << 20 },
    }
    const running = await shim.run(sandbox, 'sleep 100', { linux })
    const created = await shim.create(
      sandbox,
      'cat /sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/memory.max',
      { linux },
    )
    for (const containerId of [running, created])
      await shim.client.updateContainerResources({
        containerId,
        linux: { memoryLimitInBytes: 128 << 20, cpuShares: 512 },
      })
    await shim.client.startContainer({ containerId: created })
    await shim.ended(created)
    expect((await shim.output(created)).trim()).toBe(String(128 << 20))
    expect((await shim.status(running)).resources?.linux).toMatchObject({
      memoryLimitInBytes: String(128 << 20),
      cpuShares: '512',
    })
    const { stats } = await shim.client.containerStats({ containerId: running })
    expect(Number(stats?.memory?.usageBytes?.value)).toBeGreaterThan(0)
    expect(Number(stats?.memory?.availableBytes?.value)).toBeGreaterThan(100 << 20)
    expect(Number(stats?.cpu?.usageCoreNanoSeconds?.value)).toBeGreaterThan(0)
    const pod = await shim.client.podSandboxStats({ podSandboxId: sandbox })
    expect(pod.stats?.linux?.network?.defaultInterface).toMatchObject({ name: 'eth0' })
    expect(pod.stats?.linux?.containers.map(c => c.attributes?.id)).toContain(running)
    await shim.client.removeContainer({ containerId: running })
  })

  test('after a rotation the log goes on in a new file', async () => {
    const id = await shim.run(sandbox, 'echo one; while ! test -e /tmp/go; do sleep 0.01; done; echo two')
    for await (const _ of poll(5_000)) if ((await shim.output(id)) !== '') break
    const { logPath } = await shim.status(id)
    renameSync(logPath, `${logPath}.1`)
    await shim.client.reopenContainerLog({ containerId: id })
    for await (const _ of poll(5_000)) if (existsSync(logPath)) break
    await shim.exec(id, 'touch', '/tmp/go')
    await shim.ended(id)
    expect(await shim.output(id)).toBe('two\n')
    expect(readFileSync(`${logPath}.1`, 'utf8')).toContain('one')
  })

  test('events tell of each step, with the whole pod beside it', async () => {
    const stop = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of shim.client.getContainerEvents({}, { signal: stop.signal })) {
        seen.push(event.containerEventType)
        expect(event.podSandboxStatus?.id).toBe(sandbox)
        expect(event.containersStatuses.length).toBeGreaterThan(0)
        if (event.containerEventType === 'CONTAINER_DELETED_EVENT') return
      }
    })()
    await new Promise(resolve => setTimeout(resolve, 100)) // the stream's own way to the server has no answer to wait for
    const id = await shim.run(sandbox, 'true')
    await shim.ended(id)
    await shim.client.removeContainer({ containerId: id })
    await reading
    expect(seen).toEqual([
      'CONTAINER_CREATED_EVENT',
      'CONTAINER_STARTED_EVENT',
      'CONTAINER_STOPPED_EVENT',
      'CONTAINER_DELETED_EVENT',
    ])
  })

  test('lists can be filtered, and streamed', async () => {
    const id = await shim.run(sandbox, 'sleep 100', { labels: { app: 'x', tier: 'y' } })
    const list = async (filter: object) => (await shim.client.listContainers({ filter })).containers.map(c => c.id)
    expect(await list({ labelSelector: { app: 'x', tier: 'y' } })).toEqual([id])
    expect(await list({ labelSelector: { app: 'x', tier: 'z' } })).toEqual([])
    expect(await list({ id: id.slice(0, 12), state: { state: 'CONTAINER_RUNNING' } })).toEqual([id])
    const streamed: string[] = []
    for await (const { containers } of shim.client.streamContainers({ filter: { podSandboxId: sandbox } }))
      streamed.push(...containers.map(c => c.id))
    expect(streamed.sort()).toEqual((await list({ podSandboxId: sandbox })).sort())
    await shim.client.removeContainer({ containerId: id })
    await shim.client.removeContainer({ containerId: id })
    expect(await list({ id })).toEqual([])
  })

  test('checkpoints are refused in plain words', async () => {
    const id = await shim.create(sandbox, 'true')
    const error = await failure(shim.client.checkpointContainer({ containerId: id }))
    expect(isUnimplemented(error)).toBe(true)
    expect(error.message).toContain('CRIU')
  })
})

describe('exec', () => {
  let container: string
  beforeAll(async () => {
    container = await shim.run(await shim.sandbox(), 'sleep 1000')
  })
  const exec = (cmd: string[], timeout = 0) => shim.client.execSync({ containerId: container, cmd, timeout })

  test('output and exit code come back', async () => {
    const { stdout, stderr, exitCode } = await exec(['sh', '-c', 'echo out; echo err >&2; exit 4'])
    expect([String(stdout), String(stderr), exitCode]).toEqual(['out\n', 'err\n', 4])
  })

  test('a command that takes too long is killed, not only given up on', async () => {
    const error = await failure(exec(['sleep', '4711'], 1))
    expect(isDeadlineExceeded(error)).toBe(true)
    expect(await shim.exec(container, 'ps')).not.toContain('4711')
  })

  test('a command that is not in the image fails in the words of every runtime', async () => {
    const error = await failure(exec(['nonsense']))
    expect(error.message).toMatch(
      /^failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "nonsense": executable file not found in \$PATH/,
    )
  })

  test('16 MiB of output are kept, more is dropped without blocking the command', async () => {
    const { stdout, exitCode } = await exec(['sh', '-c', 'head -c 20000000 /dev/zero'])
    expect([stdout.length, exitCode]).toEqual([16 << 20, 0])
  })

  test('a child that keeps the output open is waited for no longer than the time-out', async () => {
    expect(isDeadlineExceeded(await failure(exec(['sh', '-c', 'echo done; sleep 300 &'], 1)))).toBe(true)
  })

  test('there is no exec in a container that has ended', async () => {
    const ended = await shim.run(await shim.sandbox(), 'true')
    await shim.ended(ended)
    const error = await failure(shim.client.execSync({ containerId: ended, cmd: ['true'] }))
    expect(error.message).toBe('container is in CONTAINER_EXITED state')
  })
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

test('version, status and configuration say what this runtime is', async () => {
  expect(await shim.client.version({})).toMatchObject({ runtimeName: 'kubets', runtimeApiVersion: 'v1' })
  const { status, info, features } = await shim.client.status({ verbose: true })
  expect(status?.conditions.map(c => [c.type, c.status])).toEqual([
    ['RuntimeReady', true],
    ['NetworkReady', true],
  ])
  expect(JSON.parse(info.config ?? '')).toMatchObject({ tools: { runc: '/usr/sbin/runc' } })
  expect(features?.supplementalGroupsPolicy).toBe(true)
  expect(await shim.client.runtimeConfig({})).toEqual({ linux: { cgroupDriver: 'CGROUPFS' } })
  const { descriptors } = await shim.client.listMetricDescriptors({})
  const { podMetrics } = await shim.client.listPodSandboxMetrics({})
  const names = new Set(descriptors.map(d => d.name))
  const used = podMetrics.flatMap(p => [...p.metrics, ...p.containerMetrics.flatMap(c => c.metrics)]).map(m => m.name)
  expect(used.length).toBeGreaterThan(0)
  expect(used.filter(name => !names.has(name))).toEqual([])
})
