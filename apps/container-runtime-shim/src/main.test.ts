import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectCri } from '@kubets/cri'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadImage } from './images/index.ts'
import { mountPoints } from './sandbox/private-mount.ts'
import { loadSyscalls, MNT_DETACH } from './system/syscalls.ts'
import { removeCgroups } from './testing/remove-cgroups.ts'
import { poll } from './testing/shim-harness.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

let dir: string
let cgroup: string
let netns: string
beforeEach(async () => {
  dir = mkdtempSync('/tmp/ks-')
  cgroup = `/kubets-test-${dir.slice(8)}`
  netns = join(dir, 'netns')
  // the service runs in a network namespace of the test's own, where its pods' links end too
  writeFileSync(netns, '')
  execFileSync('unshare', [`--net=${netns}`, 'ip', 'link', 'set', 'lo', 'up'])
  mkdirSync(join(dir, 'net.d'))
  const ipam = { type: 'host-local', dataDir: join(dir, 'ipam'), ranges: [[{ subnet: '10.213.8.0/24' }]] }
  const network = {
    cniVersion: '0.4.0',
    name: 'test',
    plugins: [{ type: 'bridge', bridge: 'kt0', isGateway: true, ipam }],
  }
  writeFileSync(join(dir, 'net.d/10-test.conflist'), JSON.stringify(network))
})
afterEach(async () => {
  const sys = await loadSyscalls()
  const mounts = [...mountPoints().keys()].filter(path => path.startsWith(`${dir}/`))
  for (const path of mounts.sort().reverse()) sys.umount(path, MNT_DETACH)
  removeCgroups(cgroup)
  rmSync(dir, { recursive: true, force: true })
  expect(mounts.filter(path => path !== netns && path !== join(dir, 'state'))).toEqual([])
})

async function startMain(): Promise<ChildProcess> {
  const flags = {
    listen: `unix://${dir}/cri.sock`,
    root: join(dir, 'root'),
    state: join(dir, 'state'),
    'cni-conf-dir': join(dir, 'net.d'),
    'cni-bin-dir': '/usr/lib/cni',
    'cgroup-root': cgroup,
    'conmon-cgroup': `${cgroup}/conmon`,
    'admin-socket': join(dir, 'admin.sock'),
    'metrics-bind-address': '127.0.0.1:9100',
  }
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  const child = spawn('nsenter', [`--net=${netns}`, process.execPath, main, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  return child
}

/** A Docker archive with one layer: busybox and its names. */
function busyboxArchive(): string {
  const [rootfs, image, archive] = [join(dir, 'rootfs'), join(dir, 'image'), join(dir, 'busybox.tar')]
  mkdirSync(join(rootfs, 'bin'), { recursive: true })
  mkdirSync(image)
  copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'))
  for (const name of ['sh', 'sleep', 'echo', 'cat', 'hostname', 'ls']) symlinkSync('busybox', join(rootfs, 'bin', name))
  execFileSync('tar', ['-cf', join(image, 'layer.tar'), '-C', rootfs, '.'])
  const digest = execFileSync('sha256sum', [join(image, 'layer.tar')], { encoding: 'utf8' }).slice(0, 64)
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  }
  writeFileSync(join(image, 'config.json'), JSON.stringify(config))
  const manifest = [{ Config: 'config.json', RepoTags: ['docker.io/library/busybox:1.36'], Layers: ['layer.tar'] }]
  writeFileSync(join(image, 'manifest.json'), JSON.stringify(manifest))
  execFileSync('tar', ['-cf', archive, '-C', image, '.'])
  return archive
}

test('the service is killed and started again: images, pods, containers and their logs are all still there', async () => {
  let child = await startMain()
  await loadImage(join(dir, 'admin.sock'), busyboxArchive())
  await using client = await connectCri({ socket: join(dir, 'cri.sock'), waitMs: 20_000 })
  const metadata = { name: 'web', namespace: 'default', uid: 'u1', attempt: 0 }
  const config = {
    metadata,
    hostname: 'web',
    logDirectory: join(dir, 'logs'),
    linux: { cgroupParent: `${cgroup}/pod` },
  }
  const { podSandboxId } = await client.runPodSandbox({ config })
  const { containerId } = await client.createContainer({
    podSandboxId,
    config: {
      metadata: { name: 'c', attempt: 0 },
      image: { image: 'busybox:1.36' },
      command: ['sh', '-c', 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done'],
      logPath: 'c.log',
      linux: { securityContext: { namespaceOptions: { pid: 'CONTAINER' } } },
    },
  })
  await client.startContainer({ containerId })
  const { url } = await client.exec({ containerId, cmd: ['sh'], stdin: true, stdout: true, stderr: true })
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/exec\//)

  child.kill('SIGKILL')
  await once(child, 'exit')
  const log = () => readFileSync(join(dir, 'logs/c.log'), 'utf8')
  const atKill = log().length
  for await (const _ of poll(20_000)) if (log().length > atKill) break
  child = await startMain()

  // one call may still meet the broken connection
  await expect.poll(() => client.version({}).then(v => v.runtimeName, String), { timeout: 10_000 }).toBe('kubets')
  const { status } = await client.containerStatus({ containerId })
  expect(status).toMatchObject({ state: 'CONTAINER_RUNNING', image: { image: 'docker.io/library/busybox:1.36' } })
  const { stdout } = await client.execSync({ containerId, cmd: ['hostname'] })
  expect(String(stdout)).toBe('web\n')
  await client.stopContainer({ containerId, timeout: 0 })
  const numbers = [...log().matchAll(/stdout F (\d+)$/gm)].map(match => Number(match[1]))
  expect(numbers).toEqual(numbers.map((_, index) => index))
  expect(numbers.length).toBeGreaterThan(3)
  await client.removePodSandbox({ podSandboxId })
  const metrics = execFileSync(
    'nsenter',
    [`--net=${netns}`, 'busybox', 'wget', '-qO-', 'http://127.0.0.1:9100/metrics'],
    {
      encoding: 'utf8',
    },
  )
  expect(metrics).toContain('container_runtime_operations_total{operation="stopContainer",code="ok"} 1')

  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
}, 60_000)

test('without root or with a program missing the start fails and names what to do', async () => {
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [
      main,
      `--root=${dir}/root`,
      `--state=${dir}/state`,
      `--listen=${dir}/x`,
      ...args,
    ])
    let said = ''
    child.stderr.on('data', data => {
      said += data
    })
    return once(child, 'close').then(([code]) => ({ code, said }))
  }
  const missing = await start('--conmon-path=/nowhere/conmon')
  expect(missing).toMatchObject({
    code: 1,
    said: expect.stringContaining('/nowhere/conmon (--conmon-path) is not an executable file'),
  })
  const unknown = await start('--cni-dir=x')
  expect(unknown).toMatchObject({ code: 2, said: expect.stringContaining('unknown flag: --cni-dir') })
  const long = await start(`--state=/run/${'x'.repeat(100)}`)
  expect(long).toMatchObject({ code: 1, said: expect.stringContaining('too long') })
})
