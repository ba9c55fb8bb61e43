import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster } from 'kubets'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { kubetsAsNobody } from './as-nobody.ts'
import { eventually, execute, freePort } from './cluster-harness.ts'
import { leftInKernel } from './left-in-kernel.ts'

const main = join(import.meta.dirname, '../../apps/kubets/src/main.ts')
let folder: string
const made: string[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-robust-'))
})
afterAll(async () => {
  for (const directory of made) await execute([process.execPath, main, 'reset', '--dir', directory])
  await rm(folder, { recursive: true, force: true })
}, 60_000)

const kubets = (directory: string, command: string, ...args: string[]) =>
  execute([process.execPath, main, command, ...args, '--dir', directory])
const json = async (...path: string[]) => JSON.parse(await readFile(join(...path), 'utf8'))
const place = (name: string) => {
  const directory = join(folder, name)
  made.push(directory)
  return directory
}

async function leftOf(directory: string): Promise<string> {
  const id: string = await json(directory, 'cluster.json').then(
    config => config.id,
    () => 'no-cluster',
  )
  return leftInKernel(directory, id)
}

describe('Ctrl-C', () => {
  // moments of a start, by the line that kubets prints when it reaches them
  test.each([['certificates'], ['network'], ['api-server'], ['kubelets']])(
    'after "%s" ends the start with 130 and leaves nothing',
    async moment => {
      const directory = place(`interrupted-${moment}`)
      const child = spawn(
        process.execPath,
        [main, 'up', '--nodes', '1', '--port', String(await freePort()), '--dir', directory],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      )
      let output = ''
      let sent = false
      child.stderr.on('data', chunk => (output += chunk))
      child.stdout.on('data', chunk => {
        output += chunk
        if (sent || !output.includes(`✓ ${moment}`)) return
        sent = true
        child.kill('SIGINT')
      })
      const code = await new Promise(resolve => child.once('close', resolve))
      expect(output).toContain('Error: interrupted: everything that had started was stopped')
      expect(code).toBe(130)
      expect(await leftOf(directory)).toBe('')
    },
    30_000,
  )

  test('after Ready stops the cluster in order, with exit code 0', async () => {
    const directory = place('foreground')
    const child = spawn(
      process.execPath,
      [main, 'up', '--nodes', '1', '--port', String(await freePort()), '--dir', directory],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    child.stdout.on('data', chunk => String(chunk).includes('export KUBECONFIG') && child.kill('SIGINT'))
    expect(await new Promise(resolve => child.once('close', resolve))).toBe(0)
    expect(await leftOf(directory)).toBe('')
  }, 30_000)
})

test('a long path with spaces and quotes: the supervisor dies, containers go on, up resumes, state survives damage', async () => {
  const directory = place(`it's ${'long '.repeat(25)}path`)
  const port = String(await freePort())
  expect(await kubets(directory, 'up', '--detach', '--nodes', '0', '--port', port)).toMatchObject({ code: 0 })
  expect((await kubetsKubectl(directory, 'create', 'configmap', 'kept')).code).toBe(0)
  expect((await kubets(directory, 'down')).code).toBe(0)

  // nodes are added to a cluster that had none
  expect(await kubets(directory, 'up', '--detach', '--nodes', '1')).toMatchObject({ code: 0, stderr: '' })
  await kubetsKubectl(
    directory,
    'run',
    'sleeper',
    '--image=busybox:latest',
    '--image-pull-policy=Never',
    '--',
    'sleep',
    '600',
  )
  expect((await kubetsKubectl(directory, 'wait', '--for=condition=Ready', 'pod/sleeper', '--timeout=30s')).code).toBe(0)
  const container = async () =>
    (
      await kubetsKubectl(
        directory,
        'get',
        'pod',
        'sleeper',
        '-o',
        'jsonpath={.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}',
      )
    ).stdout
  const before = await container()
  expect(before).toMatch(/^kubets:\/\/[0-9a-f]{64} 0$/)
  const twice = await kubets(directory, 'up', '--detach')
  expect(twice.code).toBe(2)
  expect(twice.stderr).toContain('this cluster is already up')

  await killSupervisor(directory)
  expect(await kubets(directory, 'up', '--detach')).toMatchObject({ code: 0, stderr: '' })
  expect(await container()).toBe(before)
  expect(await kubetsKubectl(directory, 'exec', 'sleeper', '--', 'sh', '-c', 'echo alive; exit 7')).toMatchObject({
    code: 7,
    stdout: 'alive\n',
  })

  const archive = await readFile(join(directory, 'images', 'busybox.tar'))
  const loaded = await new Promise<{ code: number | null; output: string }>(resolve => {
    const child = spawn(process.execPath, [main, 'image', 'load', '-', '--dir', directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', chunk => (output += chunk))
    child.once('close', code => resolve({ code, output }))
    child.stdin.end(archive)
  })
  expect(loaded).toMatchObject({
    code: 0,
    output: expect.stringContaining('node-1: loaded docker.io/library/busybox:'),
  })
  const absent = await kubets(directory, 'image', 'pull', '127.0.0.1:9/no/such:1')
  expect(absent.code).toBe(1)
  expect(absent.stderr).toMatch(/^Error: .*127\.0\.0\.1:9\/no\/such:1.*connection refused\n$/)

  await killSupervisor(directory)
  expect((await kubets(directory, 'down')).code).toBe(0)
  expect(await leftOf(directory)).toBe('')

  // as after a reboot, and worse: pins are plain files, processes.json is old, a certificate and all nodes' files are lost
  const { id } = await json(directory, 'cluster.json')
  await mkdir(`/run/kubets/${id}/1`, { recursive: true })
  for (const file of ['net', 'puller.sock', '1/net', '1/uts', '1/mnt', '1/made', '1/cri.sock'])
    await writeFile(`/run/kubets/${id}/${file}`, '')
  await writeFile(
    join(directory, 'processes.json'),
    JSON.stringify({ supervisor: { pid: 1, started: '1' }, 'api-server': { pid: process.pid, started: '1' } }),
  )
  await rm(join(directory, 'pki', 'apiserver.crt'))
  await writeFile(join(directory, 'pki', 'admin.crt'), '')
  await rm(join(directory, 'nodes'), { recursive: true })
  expect(await kubets(directory, 'up', '--detach')).toMatchObject({ code: 0, stderr: '' })
  expect((await kubetsKubectl(directory, 'get', 'configmap', 'kept', '-o', 'name')).stdout).toBe('configmap/kept\n')
  await eventually('the pod running again', async () => {
    const result = await kubetsKubectl(directory, 'exec', 'sleeper', '--', 'echo', 'back')
    return result.stdout === 'back\n' ? true : undefined
  })

  // a cluster that runs and whose configuration is damaged can still be taken away whole
  await writeFile(join(directory, 'cluster.json'), '{')
  expect((await kubets(directory, 'reset')).code).toBe(0)
  const left = await execute([
    'sh',
    '-c',
    `ls -d /run/kubets/${id}; ip -br link | grep kbt${id}; nft list tables | grep ${id}`,
  ])
  expect(left.stdout).toBe('')
}, 90_000)

test('a damaged store or authority is one clear error, and no file of it changes', async () => {
  const directory = place('damaged-store')
  await kubets(directory, 'up', '--detach', '--nodes', '0', '--port', String(await freePort()))
  expect((await kubets(directory, 'down')).code).toBe(0)
  const store = join(directory, 'store', 'data.mdb')
  const whole = await readFile(store)
  const noise = Buffer.alloc(20_000, 'not a store ')
  await writeFile(store, noise)
  const broken = await kubets(directory, 'up', '--detach')
  expect(broken.code).toBe(1)
  expect(broken.stderr).toMatch(/^Error: api-server did not start: .*store.*\n$/)
  expect(await readFile(store)).toEqual(noise)
  await writeFile(store, whole)

  const authority = join(directory, 'pki', 'ca.crt')
  const certificate = await readFile(authority)
  await rm(authority)
  const missing = await kubets(directory, 'up', '--detach')
  expect(missing.code).toBe(1)
  expect(missing.stderr).toContain(`${authority} is missing: restore it`)
  await writeFile(authority, certificate)
  expect(await kubets(directory, 'up', '--detach')).toMatchObject({ code: 0, stderr: '' })
  expect((await kubets(directory, 'down')).code).toBe(0)
}, 60_000)

test('without root pods run on the fake runtime, with sockets where the user may write', async () => {
  const home = join(folder, 'nobody')
  await mkdir(home)
  await execute(['sh', '-c', `chmod 755 '${folder}'; chown 65534:65534 '${home}'`])
  const directory = join(home, 'cluster')
  const asNobody = await kubetsAsNobody(folder)
  try {
    const up = await asNobody('up', '--detach', '--port', String(await freePort()), '--dir', directory)
    expect(up.stderr).toBe('')
    expect(up.code).toBe(0)
    expect(up.stdout).toContain('not running as root: pods run on the fake runtime, which starts no processes')
    const { runDirectory } = await json(directory, 'cluster.json')
    expect(await readdir(runDirectory)).toEqual(['1', '2'])
    expect((await asNobody('kubectl', '--dir', directory, 'run', 'pretender', '--image=any')).code).toBe(0)
    const wait = ['wait', '--for=condition=Ready', 'node/node-1', 'node/node-2', 'pod/pretender', '--timeout=20s']
    expect((await asNobody('kubectl', '--dir', directory, ...wait)).code).toBe(0)
    expect((await asNobody('down', '--dir', directory)).code).toBe(0)
    await expect(readdir(runDirectory)).rejects.toThrow('ENOENT')
  } finally {
    await asNobody('reset', '--dir', directory)
  }
  expect(await leftOf(directory)).toBe('')
}, 60_000)

test('embedded: four at once, a port in use and bad options leave no file, socket or timer; stop may be called twice', async () => {
  // other tests make such folders at the same time: these ones have a place of their own
  const own = await mkdtemp(join(tmpdir(), 'own-'))
  vi.stubEnv('TMPDIR', own)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(own, { recursive: true, force: true })
  })
  const clusters = await Promise.all([0, 1, 2, 3].map(nodes => startCluster({ nodes })))
  expect(new Set(clusters.map(cluster => cluster.url)).size).toBe(4)
  await Promise.all(clusters.flatMap(cluster => [cluster.stop(), cluster.stop()]))
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await expect(startCluster({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is already in use`)
  await new Promise(resolve => server.close(resolve))
  await expect(startCluster({ nodes: -1 })).rejects.toThrow('nodes must be a whole number')
  await expect(startCluster({ directory: '/etc/passwd/none' })).rejects.toThrow('ENOTDIR')
  expect(await readdir(own)).toEqual([])
  // a program that starts and stops one ends by itself, after its stop
  const program = `import { startCluster } from ${JSON.stringify(join(import.meta.dirname, '../../apps/kubets/src/index.ts'))}
    const cluster = await startCluster({ nodes: 0 }); await cluster.stop(); process.stdout.write('stopped')`
  const run = await execute([process.execPath, '--input-type=module', '-e', program])
  expect(run).toMatchObject({ code: 0, stdout: 'stopped' })
}, 60_000)

const kubetsKubectl = (directory: string, ...args: string[]) =>
  execute([process.execPath, main, 'kubectl', '--dir', directory, ...args])

/** SIGKILL, as the kernel does when memory ends. Waits until it is gone. */
async function killSupervisor(directory: string): Promise<void> {
  const { supervisor } = await json(directory, 'processes.json')
  expect(supervisor.pid).toBeGreaterThan(1)
  process.kill(supervisor.pid, 'SIGKILL')
  await eventually('the end of the supervisor', async () => {
    const status = await execute([process.execPath, main, 'status', '-o', 'json', '--dir', directory])
    return JSON.parse(status.stdout).running === false ? true : undefined
  })
}
