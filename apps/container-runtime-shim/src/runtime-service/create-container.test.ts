import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isNotFound } from '@kubets/cri'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failure, poll, ShimHarness } from '../testing/shim-harness.ts'

let shim: ShimHarness
beforeAll(async () => {
  shim = await ShimHarness.start()
})
afterAll(() => shim[Symbol.asyncDispose]())

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
  for await (const _ of poll(20_000)) if ((await shim.output(id)).includes('1000')) break
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
