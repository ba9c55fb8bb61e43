import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Pod } from '@kubets/api-types'
import { silentLogger, systemClock } from '@kubets/component'
import { RpcError, rpcCode } from '@kubets/cri'
import { createCertificateAuthority, issueCertificate, type KeyPair } from '@kubets/pki'
import {
  execOverSpdy,
  execOverWebSocket,
  exitCodeOf,
  portForwardOverSpdy,
  portForwardOverTunnel,
  portForwardOverWebSocket,
  type StreamingServer,
  startStreamingServer,
} from '@kubets/streaming'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAccess } from './access/access.ts'
import { type KubeletServer, type StreamingRuntime, startKubeletServer } from './index.ts'

const pod: Pod = {
  metadata: { name: 'web', namespace: 'default', uid: 'uid-1' },
  spec: { containers: [{ name: 'main' }, { name: 'waits' }] },
  status: {
    containerStatuses: [
      {
        name: 'main',
        containerID: 'kubets://new',
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
        lastState: { terminated: { containerID: 'kubets://old', exitCode: 1 } },
        image: 'i',
        imageID: '',
        ready: true,
        restartCount: 1,
      },
      {
        name: 'waits',
        state: { waiting: { reason: 'ImagePullBackOff' } },
        image: 'i',
        imageID: '',
        ready: false,
        restartCount: 0,
      },
    ],
  },
} as Pod

let directory: string
let kubelet: KubeletServer
let streaming: StreamingServer
let admin: KeyPair
let ca: string
const running = new Set(['new'])
const asked: unknown[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubelet-server-'))
  const authority = await createCertificateAuthority('kubernetes')
  ca = authority.cert
  const tls = await issueCertificate(authority, {
    commonName: 'system:node:n',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  })
  admin = await issueCertificate(authority, {
    commonName: 'kube-apiserver-kubelet-client',
    organizations: ['system:masters'],
    usages: ['client'],
  })
  stranger = await issueCertificate(authority, { commonName: 'jane', organizations: ['dev'], usages: ['client'] })
  streaming = await startStreamingServer({
    logger: silentLogger(),
    handlers: {
      exec: async (execRequest, session) => {
        asked.push(execRequest)
        if (session.stdin) session.stdout?.write((await text(session.stdin)).toUpperCase())
        return { exitCode: 5 }
      },
      attach: async () => undefined,
      portForward: async (forward, port, stream) => {
        stream.end(`${forward.podSandboxId}:${port}:${await readGreeting(stream)}`)
      },
    },
  })
  const runtime = {
    exec: async (execRequest: never) => ({ url: streaming.exec(execRequest) }),
    attach: async (attachRequest: never) => ({ url: streaming.attach(attachRequest) }),
    portForward: async (forward: never) => ({ url: streaming.portForward(forward) }),
    listContainers: async ({ filter }: { filter: { labelSelector: Record<string, string> } }) => ({
      containers:
        filter.labelSelector['io.kubernetes.container.name'] === 'main'
          ? [
              { id: 'older', createdAt: '1' },
              { id: 'new', createdAt: '2' },
            ]
          : [],
    }),
    listPodSandbox: async () => ({ items: [{ id: 'sandbox', createdAt: '1' }] }),
    containerStatus: async ({ containerId }: { containerId: string }) => {
      if (containerId === 'old') throw new RpcError(rpcCode.notFound, 'no such container')
      return {
        status: {
          logPath: join(directory, `${containerId}.log`),
          state: running.has(containerId) ? 'CONTAINER_RUNNING' : 'CONTAINER_EXITED',
        },
      }
    },
  } as unknown as StreamingRuntime
  kubelet = await startKubeletServer({
    host: {
      podByName: (namespace, name) => (namespace === 'default' && name === 'web' ? pod : undefined),
      pods: () => [pod],
      checkHealth: () => undefined,
    },
    runtime,
    address: '127.0.0.1',
    port: 0,
    tls,
    clientCa: ca,
    access: createAccess({
      anonymous: false,
      tokens: undefined,
      mayUse: async user => user.groups.includes('system:masters'),
      logger: silentLogger(),
      clock: systemClock,
    }),
    logger: silentLogger(),
    clock: { now: () => Date.parse('2026-01-01T00:01:00Z'), after: () => () => undefined },
  })
})
afterAll(async () => {
  await kubelet.stop()
  await streaming.stop()
  await rm(directory, { recursive: true })
})

let stranger: KeyPair

function target(path: string) {
  return { url: `https://127.0.0.1:${kubelet.port}${path}`, tls: { ca, cert: admin.cert, key: admin.key } }
}

function get(
  path: string,
  who: KeyPair | 'nobody' = admin,
  method = 'GET',
): Promise<{ status: number; body: string; response: IncomingMessage }> {
  const agent = new Agent({ ca, ...(who !== 'nobody' && { cert: who.cert, key: who.key }) })
  return new Promise((resolve, reject) => {
    request(`https://127.0.0.1:${kubelet.port}${path}`, { agent, method })
      .on('response', response => {
        text(response).then(body => resolve({ status: response.statusCode ?? 0, body, response }), reject)
      })
      .on('error', reject)
      .end()
  })
}

async function readGreeting(stream: Duplex): Promise<string> {
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) return String(chunk)
  return ''
}

describe('who may come in', () => {
  test('nobody without a certificate or a token, and only who may', async () => {
    expect((await get('/pods', 'nobody')).status).toBe(401)
    expect(await get('/containerLogs/default/web/main', stranger)).toMatchObject({
      status: 403,
      body: 'Forbidden (user=jane, verb=get, resource=nodes, subresource(s)=[proxy])\n',
    })
    const pods = await get('/pods')
    expect(JSON.parse(pods.body)).toMatchObject({ kind: 'PodList', items: [{ metadata: { name: 'web' } }] })
    await expect(
      execOverSpdy({
        target: { url: target('/exec/default/web/main?output=1').url, tls: { ca } },
        stdin: false,
        stdout: true,
        stderr: false,
        tty: false,
      }),
    ).rejects.toMatchObject({ status: 401 })
  })

  test('a request that upgrades nothing is refused', async () => {
    expect(await get('/exec/default/web/main?output=1', admin, 'POST')).toMatchObject({
      status: 400,
      body: 'Upgrade request required',
    })
    expect(await get('/nothing')).toMatchObject({ status: 404 })
    for (const path of ['//[', '/%', '/exec/%zz/web/main']) expect((await get(path)).status, path).toBe(400)
    for (const path of ['/containerLogs/default/..%2f..%2fetc/main', '/logs/..%2f..%2fetc%2fpasswd'])
      expect((await get(path)).status, path).toBe(404)
  })
})

describe('streams reach the runtime', () => {
  const streams = { stdin: true, stdout: true, stderr: false, tty: false }

  test.each([
    ['SPDY', execOverSpdy],
    ['WebSocket', execOverWebSocket],
  ])('exec over %s, with half-close and exit code', async (_name, open) => {
    asked.length = 0
    const command = await open({
      target: target('/exec/default/web/main?command=sh&command=-c&input=1&output=1'),
      ...streams,
    })
    command.stdin?.end('hello')
    expect(await text(command.stdout as Duplex)).toBe('HELLO')
    expect(exitCodeOf(await command.status)).toBe(5)
    expect(asked).toEqual([{ containerId: 'new', cmd: ['sh', '-c'], ...streams }])
    command.close()
  })

  test("what cannot be is refused in upstream's words", async () => {
    const refused = (path: string) => execOverSpdy({ target: target(path), ...streams })
    await expect(refused('/exec/default/web/waits?output=1')).rejects.toMatchObject({
      status: 500,
      body: 'container not found ("waits")',
    })
    await expect(refused('/exec/default/none/main?output=1')).rejects.toMatchObject({
      status: 404,
      body: 'pod does not exist',
    })
    await expect(refused('/exec/default/web/main')).rejects.toMatchObject({
      status: 400,
      body: 'you must specify at least 1 of stdin, stdout, stderr',
    })
  })

  test('port-forward over SPDY, tunnelled SPDY and WebSocket channels', async () => {
    for (const open of [portForwardOverSpdy, portForwardOverTunnel]) {
      const session = await open(target('/portForward/default/web'))
      const { data } = await session.open(80)
      data.write('hi')
      expect(await text(data)).toBe('sandbox:80:hi')
      session.close()
      await session.closed
    }
    const { connections, close } = await portForwardOverWebSocket(target('/portForward/default/web?port=81'), [81])
    const data = connections[0]?.data as Duplex
    data.write('ho')
    expect(await text(data)).toBe('sandbox:81:ho')
    close()
  })
})

describe('logs', () => {
  const path = (query: string) => `/containerLogs/default/web/main${query}`
  const line = (second: number, stream: string, tag: string, rest: string) =>
    `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000001+00:00 ${stream} ${tag} ${rest}\n`

  test('options choose lines as upstream', async () => {
    await writeFile(
      join(directory, 'new.log'),
      line(1, 'stdout', 'F', 'one') +
        line(2, 'stderr', 'F', 'two') +
        line(3, 'stdout', 'P', 'thr') +
        line(3, 'stdout', 'F', 'ee'),
    )
    const body = async (query: string) => (await get(path(query))).body
    expect(await body('')).toBe('one\ntwo\nthree\n')
    expect(await body('?tailLines=3')).toBe('two\nthree\n')
    expect(await body('?tailLines=0')).toBe('')
    expect(await body('?tailLines=99')).toBe('one\ntwo\nthree\n')
    expect(await body('?limitBytes=5')).toBe('one\nt')
    expect(await body('?stream=Stderr')).toBe('two\n')
    expect(await body('?sinceSeconds=58')).toBe('two\nthree\n')
    expect(await body('?sinceTime=2026-01-01T00:00:03Z')).toBe('three\n')
    expect(await body('?timestamps=true')).toBe(
      '2026-01-01T00:00:01.000000001Z one\n2026-01-01T00:00:02.000000001Z two\n2026-01-01T00:00:03.000000001Z three\n',
    )
  })

  test("refusals are upstream's", async () => {
    expect(await get('/containerLogs/default/none/main')).toMatchObject({
      status: 404,
      body: 'pod "none" does not exist',
    })
    expect(await get('/containerLogs/default/web/none')).toMatchObject({
      status: 404,
      body: 'container "none" not found in pod "web"',
    })
    expect(await get('/containerLogs/default/web/waits')).toMatchObject({
      status: 400,
      body: 'container "waits" in pod "web" is waiting to start: trying and failing to pull image',
    })
    expect(await get('/containerLogs/default/web/waits?previous=true')).toMatchObject({
      status: 400,
      body: 'previous terminated container "waits" in pod "web" not found',
    })
    expect(await get(path('?previous=true'))).toMatchObject({
      status: 400,
      body: 'unable to retrieve container logs for old',
    })
    expect(await get(path('?tailLines=-1'))).toMatchObject({ status: 422 })
    expect(await get(path('?tailLines=x'))).toMatchObject({ status: 400 })
  })

  test('follow goes on over a rotation until the container has ended', async () => {
    const file = join(directory, 'new.log')
    await writeFile(file, line(1, 'stdout', 'F', 'a'))
    const agent = new Agent({ ca, cert: admin.cert, key: admin.key })
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`https://127.0.0.1:${kubelet.port}${path('?follow=true')}`, { agent })
        .on('response', resolve)
        .on('error', reject)
        .end()
    })
    let seen = ''
    const ended = new Promise<void>(resolve => {
      response.on('data', chunk => {
        seen += chunk
      })
      response.on('end', resolve)
    })
    await expect.poll(() => seen).toBe('a\n')
    await appendFile(file, line(2, 'stdout', 'F', 'b'))
    await rename(file, `${file}.1`)
    await appendFile(`${file}.1`, line(3, 'stdout', 'F', 'c'))
    await writeFile(file, line(4, 'stdout', 'F', 'd'))
    await expect.poll(() => seen).toBe('a\nb\nc\nd\n')
    await appendFile(file, line(5, 'stdout', 'F', 'e'))
    running.delete('new')
    await ended
    running.add('new')
    expect(seen).toBe('a\nb\nc\nd\ne\n')
  })

  test('a large log passes through whole at the pace of its reader', async () => {
    const text = 'x'.repeat(200)
    await writeFile(join(directory, 'new.log'), line(1, 'stdout', 'F', text).repeat(100_000))
    const { body } = await get(path(''))
    expect(body.length).toBe(201 * 100_000)
    expect((await get(path('?tailLines=70000'))).body.length).toBe(201 * 70_000)
  })
})

test('a stopped server cuts what it serves', async () => {
  // an upgrade whose backend never answers
  const silent = createServer()
  silent.on('upgrade', (_request, socket) => socket.resume().once('end', () => socket.destroy()))
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  const tls = await issueCertificate(await createCertificateAuthority('x'), {
    commonName: 'n',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  })
  const server = await startKubeletServer({
    host: { podByName: () => pod, pods: () => [], checkHealth: () => undefined },
    runtime: {
      listContainers: async () => ({ containers: [{ id: 'a', createdAt: '1' }] }),
      exec: async () => ({ url: `http://127.0.0.1:${port}/exec/x` }),
    } as unknown as StreamingRuntime,
    address: '127.0.0.1',
    port: 0,
    tls,
    clientCa: ca,
    access: async () => undefined,
    logger: silentLogger(),
  })
  const opening = execOverSpdy({
    target: {
      url: `https://127.0.0.1:${server.port}/exec/default/web/main?output=1`,
      tls: { cert: admin.cert, key: admin.key, rejectUnauthorized: false },
    },
    stdin: false,
    stdout: true,
    stderr: false,
    tty: false,
  })
  opening.catch(() => undefined)
  await expect.poll(() => new Promise(resolve => silent.getConnections((_error, count) => resolve(count)))).toBe(1)
  await server.stop()
  await expect(opening).rejects.toThrow()
  silent.closeAllConnections()
  await new Promise(resolve => silent.close(resolve))
})
