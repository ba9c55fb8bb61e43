import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const apps = join(import.meta.dirname, '../../..')

let directory: string
/** Takes connections and says nothing: an etcd, an api-server, a runtime that hangs. */
let silent: Server
let silentRuntime: Server
const sockets = new Set<Socket>()
let connected = Promise.withResolvers<void>()

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-signals-'))
  const take = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    connected.resolve()
  }
  silent = createServer(take).listen(0, '127.0.0.1')
  silentRuntime = createServer(take).listen(join(directory, 'silent.sock'))
  await Promise.all([once(silent, 'listening'), once(silentRuntime, 'listening')])
  const cluster = { name: 'c', cluster: { server: `https://127.0.0.1:${port()}`, 'insecure-skip-tls-verify': true } }
  const kubeconfig = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [cluster] },
    ...{
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    },
  }
  await writeFile(join(directory, 'kubeconfig'), JSON.stringify(kubeconfig))
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  silent.close()
  silentRuntime.close()
  await rm(directory, { recursive: true, force: true })
})

const port = () => (silent.address() as AddressInfo).port

const kubeconfig = () => `--kubeconfig=${join(directory, 'kubeconfig')}`
const kubelet = () => [
  kubeconfig(),
  ...['--hostname-override=n', '--address=127.0.0.1', '--port=0', '--healthz-port=0'],
  ...[`--root-dir=${join(directory, 'kubelet')}`, `--pod-logs-dir=${join(directory, 'logs')}`],
  ...[`--container-runtime-endpoint=unix://${join(directory, 'silent.sock')}`, '--cgroup-root='],
]
const loopback = ['--bind-address=127.0.0.1', '--secure-port=0']

const services: readonly [name: string, program: string, args: () => string[]][] = [
  ['api-server', 'api-server/src/main.ts', () => [...loopback, `--etcd-servers=http://127.0.0.1:${port()}`]],
  ['scheduler', 'scheduler/src/main.ts', () => [...loopback, kubeconfig()]],
  ['controller-manager', 'controller-manager/src/main.ts', () => [...loopback, kubeconfig()]],
  ['kubelet-agent', 'kubelet-agent/src/main.ts', kubelet],
  ['node', 'kubets/src/node/main.ts', () => [...kubelet(), `--proxy=kubeconfig=${join(directory, 'kubeconfig')}`]],
  ['service-proxy', 'service-proxy/src/main.ts', () => [kubeconfig(), '--hostname-override=n']],
  [
    'container-runtime-shim',
    'container-runtime-shim/src/main.ts',
    () => ['--runtime=fake', `--listen=${join(directory, 'cri.sock')}`, `--root=${directory}`],
  ],
  [
    'image-puller',
    'container-runtime-shim/src/images/puller-main.ts',
    () => [`--listen=${join(directory, 'puller.sock')}`],
  ],
]

/** Says when a program asks for signals. */
const telling = `data:text/javascript,${encodeURIComponent(
  `process.on('newListener', name => { if (name === 'SIGTERM') process.stdout.write('takes signals\\n') })`,
)}`

function start(program: string, args: readonly string[]) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--no-warnings', '--import', telling, join(apps, program), ...args],
    {
      // its own certificates, where it makes some, and what else it leaves
      cwd: directory,
      env: { ...process.env, NODE_COMPILE_CACHE: join(directory, 'compiled') },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  )
  let output = ''
  const took = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      output += String(chunk)
      if (output.includes('takes signals')) took.resolve()
    })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  return { child, took: took.promise, ready: once(child, 'message'), ended, output: () => output }
}

// sixteen processes are started, each of which loads a service
describe.each(services)('%s', { timeout: 60_000 }, (_name, program, args) => {
  test('ends with exit code 0 when it is told to before anything of it has begun', async () => {
    const service = start(program, args())
    await Promise.race([service.took, service.ended])
    service.child.kill('SIGTERM')
    expect(await service.ended, service.output()).toEqual({ code: 0, signal: null })
    expect(service.output()).not.toContain('"level":"fatal"')
  })

  test('ends with exit code 0 while it waits for one that does not answer, or serves', async () => {
    connected = Promise.withResolvers()
    const service = start(program, args())
    await Promise.race([connected.promise, service.ready, service.ended])
    service.child.kill('SIGINT')
    expect(await service.ended, service.output()).toEqual({ code: 0, signal: null })
    expect(service.output()).not.toContain('"level":"fatal"')
  })
})
