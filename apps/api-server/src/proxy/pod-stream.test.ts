import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { silentLogger } from '@kubets/component'
import { issueCertificate, type KeyPair } from '@kubets/pki'
import {
  answerUpgrade,
  execOverSpdy,
  execOverWebSocket,
  exitCodeOf,
  portForwardOverSpdy,
  portForwardOverTunnel,
  portForwardOverWebSocket,
  proxyUpgrade,
  type StreamingServer,
  startStreamingServer,
} from '@kubets/streaming'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { addNode } from '../testing/fake-kubelet.ts'

let api: TestApiServer
let streaming: StreamingServer
let kubelet: {
  port: number
  seen: { path: string; user: string; authorization: string | undefined }[]
} & AsyncDisposable
const streams = { stdin: true, stdout: true, stderr: false, tty: false }

/** A kubelet as far as streams go: checks the certificate, asks the runtime for a URL and passes the connection on. */
async function startKubelet(serving: KeyPair, ca: string) {
  const seen: { path: string; user: string; authorization: string | undefined }[] = []
  const server = createServer({ ...serving, ca, requestCert: true, rejectUnauthorized: true })
  const sockets = new Set<Duplex>()
  server.on('secureConnection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'https://kubelet')
    const user = String((socket as TLSSocket).getPeerCertificate().subject.CN)
    seen.push({ path: request.url ?? '', user, authorization: request.headers.authorization })
    if (url.pathname.endsWith('/broken')) {
      answerUpgrade(socket, { status: 500, body: 'container not found ("broken")' })
      return
    }
    const backend = url.pathname.startsWith('/exec/')
      ? streaming.exec({ containerId: 'c', cmd: url.searchParams.getAll('command'), ...streams })
      : streaming.portForward({ podSandboxId: 's', port: url.searchParams.getAll('port').map(Number) })
    void proxyUpgrade({ request, socket, head, target: { url: backend } })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

beforeAll(async () => {
  const { authority, serving } = await testCertificates()
  const client = await issueCertificate(authority, {
    commonName: 'kube-apiserver-kubelet-client',
    organizations: ['system:masters'],
    usages: ['client'],
  })
  streaming = await startStreamingServer({
    logger: silentLogger(),
    handlers: {
      exec: async (_request, session) => {
        if (session.stdin) session.stdout?.write((await text(session.stdin)).toUpperCase())
        return { exitCode: 9 }
      },
      attach: async () => undefined,
      portForward: async (_request, port, stream) => {
        stream.end(`${port}:${await text(stream)}`)
      },
    },
  })
  kubelet = await startKubelet(serving, authority.cert)
  api = await testApiServer({ kubeletClient: { ...client, ca: authority.cert }, authorization: ['AlwaysAllow'] })
  await addNode(api, { name: 'n', port: kubelet.port })
  await addNode(api, { name: 'down', port: 1 })
  for (const [name, nodeName] of [
    ['web', 'n'],
    ['lost', 'down'],
    ['waiting', undefined],
  ]) {
    const created = await api.h1.request('POST', '/api/v1/namespaces/default/pods', {
      body: {
        metadata: { name },
        spec: { ...(nodeName && { nodeName }), containers: ['main', 'broken'].map(c => ({ name: c, image: 'i' })) },
      },
    })
    expect(created.status).toBe(201)
  }
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await kubelet[Symbol.asyncDispose]()
  await streaming.stop()
})

function target(path: string) {
  return {
    url: `https://127.0.0.1:${api.server.port}/api/v1/namespaces/default/pods/${path}`,
    tls: { ca: api.authority.cert, cert: api.admin.cert, key: api.admin.key },
    headers: { Authorization: 'Bearer of-no-use' },
  }
}

test.each([
  ['SPDY', execOverSpdy],
  ['WebSocket', execOverWebSocket],
])('exec over %s reaches the kubelet as the api-server, with half-close and exit code', async (_name, open) => {
  kubelet.seen.length = 0
  const command = await open({
    target: target('web/exec?container=main&command=sh&command=-c&stdin=true&stdout=true'),
    ...streams,
  })
  command.stdin?.end('hello')
  expect(await text(command.stdout as Duplex)).toBe('HELLO')
  expect(exitCodeOf(await command.status)).toBe(9)
  command.close()
  expect(kubelet.seen).toEqual([
    {
      path: '/exec/default/web/main?command=sh&command=-c&input=1&output=1',
      user: 'kube-apiserver-kubelet-client',
      authorization: undefined,
    },
  ])
})

test('a stream that begins with a GET needs the right to create it too', async () => {
  await using guarded = await testApiServer({ authorization: ['RBAC'] })
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const post = (path: string, body: object) => guarded.h1.request('POST', path, { body })
  const roleRef = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name })
  for (const [name, verbs] of [
    ['getter', ['get']],
    ['creator', ['get', 'create']],
  ] as const) {
    const rules = [{ verbs, apiGroups: [''], resources: ['pods/exec', 'pods/attach', 'pods/portforward'] }]
    await post(`${rbac}/clusterroles`, { metadata: { name }, rules })
    const subjects = [{ kind: 'User', name }]
    await post(`${rbac}/clusterrolebindings`, { metadata: { name }, roleRef: roleRef(name), subjects })
  }
  const get = (user: string, stream: string) =>
    guarded.h1.request('GET', `/api/v1/namespaces/default/pods/web/${stream}`, {
      headers: { 'impersonate-user': user },
    })
  await expect.poll(async () => (await get('creator', 'exec')).status).toBe(404)
  for (const stream of ['exec', 'attach', 'portforward']) {
    const refused = await get('getter', stream)
    expect([refused.status, refused.json.message]).toEqual([403, 'pods "web" is forbidden: '])
    expect((await get('creator', stream)).json.message).toBe('pods "web" not found')
  }
})

test('port-forward over SPDY, tunnelled SPDY and WebSocket channels', async () => {
  for (const open of [portForwardOverSpdy, portForwardOverTunnel]) {
    const session = await open(target('web/portforward'))
    const { data } = await session.open(80)
    data.end('hi')
    expect(await text(data)).toBe('80:hi')
    session.close()
    await session.closed
  }
  const { connections, close } = await portForwardOverWebSocket(target('web/portforward?ports=81'), [81])
  expect(connections).toHaveLength(1)
  close()
})

test("what the kubelet refuses is refused in the kubelet's words", async () => {
  const opening = execOverSpdy({ target: target('web/exec?container=broken&command=sh&stdout=true'), ...streams })
  await expect(opening).rejects.toMatchObject({ status: 500, body: 'container not found ("broken")' })
})

test('a kubelet that cannot be reached is told as upstream does', async () => {
  const opening = execOverSpdy({ target: target('lost/exec?container=main&command=sh&stdout=true'), ...streams })
  const error = await opening.catch(problem => problem)
  expect(error.status).toBe(500)
  expect(JSON.parse(error.body)).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'error dialing backend: dial tcp 127.0.0.1:1: connect: connection refused',
    code: 500,
  })
})

test('requests that make no sense get a Status before anything is passed on', async () => {
  kubelet.seen.length = 0
  const refusal = async (path: string) => {
    const error = await execOverSpdy({ target: target(path), ...streams }).catch(problem => problem)
    return [error.status, JSON.parse(error.body).message]
  }
  expect(await refusal('none/exec?command=sh&stdout=true')).toEqual([404, 'pods "none" not found'])
  expect(await refusal('waiting/exec?container=main&command=sh&stdout=true')).toEqual([
    400,
    'pod waiting does not have a host assigned',
  ])
  expect(await refusal('web/exec?container=other&command=sh&stdout=true')).toEqual([
    400,
    'container other is not valid for pod web',
  ])
  const plain = await api.h2.request(
    'POST',
    '/api/v1/namespaces/default/pods/web/exec?container=main&command=sh&stdout=true',
  )
  expect([plain.status, plain.json.message]).toEqual([400, 'Upgrade request required'])
  expect(kubelet.seen).toEqual([])
})
