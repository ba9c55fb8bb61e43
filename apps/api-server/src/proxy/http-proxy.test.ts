import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { addNode, type FakeKubelet, fakeKubelet } from '../testing/fake-kubelet.ts'
import { ownAddress } from '../testing/own-address.ts'

let api: TestApiServer
let kubelet: FakeKubelet
let backend: Server
let port: number
const ip = ownAddress()
const root = '/api/v1/namespaces/default'

beforeAll(async () => {
  backend = createServer(async (request, response) => {
    if (request.url === '/page') {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '13' })
      response.end('<a href="/x">')
      return
    }
    if (request.url === '/away') return void response.writeHead(302, { location: '/x' }).end()
    if (request.url === '/where') return void response.end(request.headers['x-forwarded-uri'])
    response.writeHead(request.url === '/teapot' ? 418 : 200, { 'content-type': 'text/plain', 'x-from': 'backend' })
    response.end(`${request.method} ${request.url} ${request.headers.authorization ?? 'nobody'} ${await text(request)}`)
  }).listen(0, ip)
  await once(backend, 'listening')
  port = (backend.address() as AddressInfo).port
  kubelet = await fakeKubelet((await testCertificates()).authority, ip)
  api = await testApiServer({ kubeletClient: kubelet.clientOptions })
  await addNode(api, { port: kubelet.port, address: ip })
  await api.h2.request('POST', `${root}/pods`, {
    body: {
      metadata: { name: 'web' },
      spec: { containers: [{ name: 'c', image: 'x', ports: [{ containerPort: port }] }] },
    },
  })
  await api.h2.request('PUT', `${root}/pods/web/status`, {
    body: {
      metadata: { name: 'web' },
      status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
    },
  })
  await api.h2.request('POST', `${root}/services`, {
    body: { metadata: { name: 'web' }, spec: { ports: [{ name: 'http', port: 80 }] } },
  })
  await api.h2.request('POST', `${root}/services`, {
    body: { metadata: { name: 'empty' }, spec: { ports: [{ port: 80 }] } },
  })
  await api.h2.request('POST', `${root}/endpoints`, {
    body: { metadata: { name: 'empty' }, subsets: [] },
  })
  const pod = { targetRef: { kind: 'Pod', namespace: 'default', name: 'web' } }
  for (const [name, address] of [
    ['web', { ip, ...pod }],
    ['elsewhere', { ip: '192.0.2.1', ...pod }],
    ['nobodys', { ip }],
  ] as const)
    await api.h2.request('POST', `${root}/endpoints`, {
      body: { metadata: { name }, subsets: [{ addresses: [address], ports: [{ name: 'http', port }] }] },
    })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await kubelet[Symbol.asyncDispose]()
  backend.close()
})

describe.each(['h1', 'h2'] as const)('the proxy over %s', which => {
  it('passes requests on to a pod, without the client’s credentials', async () => {
    const reply = await api[which].request('POST', `${root}/pods/web/proxy/a/b?c=d`, {
      body: 'hello',
      headers: { authorization: 'Bearer x', 'content-type': 'text/plain' },
    })
    expect([reply.status, reply.text, reply.headers['x-from']]).toEqual([200, 'POST /a/b?c=d nobody hello', 'backend'])
    const teapot = await api[which].request('GET', `${root}/pods/http:web:${port}/proxy/teapot`)
    expect([teapot.status, teapot.text]).toEqual([418, 'GET /teapot nobody '])
  })

  it('leads whoever reads the root to its slash, and passes on what is written there', async () => {
    for (const path of [`${root}/pods/web/proxy`, `${root}/services/web:http/proxy`, '/api/v1/nodes/n1/proxy']) {
      const { status, headers, text } = await api[which].request('GET', `${path}?c=d`)
      expect([status, headers.location, text]).toEqual([301, `${path}/?c=d`, ''])
      expect((await api[which].request('HEAD', path)).headers.location).toBe(`${path}/`)
    }
    const posted = await api[which].request('POST', `${root}/pods/web/proxy?c=d`)
    expect([posted.status, posted.text]).toEqual([200, 'POST /?c=d nobody '])
    const slash = await api[which].request('GET', `${root}/pods/web/proxy/`)
    expect([slash.status, slash.text]).toEqual([200, 'GET / nobody '])
    expect((await api[which].request('GET', `${root}/pods/never/proxy`)).status).toBe(404)
  })

  it('links and redirects of a backend lead back through the proxy', async () => {
    for (const prefix of [`${root}/pods/web/proxy`, `${root}/services/web:http/proxy`]) {
      const page = await api[which].request('GET', `${prefix}/page`)
      expect([page.status, page.text]).toEqual([200, `<a href="${prefix}/x">`])
      const away = await api[which].request('GET', `${prefix}/away`)
      expect([away.status, away.headers.location]).toEqual([302, `${prefix}/x`])
      expect((await api[which].request('GET', `${prefix}/where`)).text).toBe(`${prefix}/where`)
    }
  })

  it('reaches a node’s kubelet with our certificate', async () => {
    kubelet.onRequest = (_request, response) => response.end('healthy')
    const reply = await api[which].request('GET', '/api/v1/nodes/n1/proxy/healthz')
    expect([reply.status, reply.text]).toEqual([200, 'healthy'])
    expect(kubelet.requests.at(-1)).toBe('GET /healthz')
  })

  it('finds a service’s pods by the name of a port, or by its number', async () => {
    for (const id of ['web:http', 'http:web:http', 'web:80']) {
      const reply = await api[which].request('GET', `${root}/services/${id}/proxy/x`)
      expect([id, reply.status, reply.text]).toEqual([id, 200, 'GET /x nobody '])
    }
  })

  it.each([
    ['web', 503, 'no endpoints available for service "web"'],
    ['web:81', 503, 'no service port 81 found for service "web"'],
    // who writes Endpoints does not decide whom the server speaks to
    ['elsewhere:http', 503, 'no endpoints available for service "elsewhere:http"'],
    ['nobodys:http', 503, 'no endpoints available for service "nobodys:http"'],
    ['never:http', 404, 'services "never" not found'],
  ])('reaches nobody by %s', async (id, status, message) => {
    const reply = await api[which].request('GET', `${root}/services/${id}/proxy/`)
    expect([reply.status, reply.json.message]).toEqual([status, message])
  })

  it('says why it reaches nobody', async () => {
    const none = await api[which].request('GET', `${root}/services/empty/proxy/`)
    expect([none.status, none.json.message]).toEqual([503, 'no endpoints available for service "empty"'])
    const refused = await api[which].request('GET', `${root}/pods/web:1/proxy/`)
    expect([refused.status, refused.json.message]).toEqual([
      503,
      `error trying to reach service: dial tcp ${ip}:1: connect: connection refused`,
    ])
    expect(refused.text).toBe(`${JSON.stringify(refused.json)}\n`)
    const people = { headers: { 'user-agent': 'curl/8.5.0' } }
    const printed = await api[which].request('GET', `${root}/pods/web:1/proxy/`, people)
    expect(printed.text).toBe(JSON.stringify(refused.json, null, 2))
    expect((await api[which].request('GET', `${root}/pods/never/proxy/`)).status).toBe(404)
  })
})

describe("a node's addresses", () => {
  it('are tried in the order that is asked for; a kubelet that nobody vouches for is spoken to where no authority is named', async () => {
    kubelet.onRequest = (_request, response) => response.end('healthy')
    const { cert, key } = kubelet.clientOptions
    const at = async (addressTypes: readonly string[]) => {
      await using other = await testApiServer({ store: api.store, kubeletClient: { cert, key, addressTypes } })
      return await other.h2.request('GET', '/api/v1/nodes/n1/proxy/healthz')
    }
    expect((await at(['ExternalIP', 'InternalIP'])).text).toBe('healthy')
    const none = await at(['Hostname'])
    expect(none.status).toBe(500)
    expect(none.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `no preferred addresses found; known addresses: [{InternalIP ${ip}}]`,
      code: 500,
    })
  })
})

describe('nothing is proxied', () => {
  const pod = async (name: string, podIP: string) => {
    await api.h2.request('POST', `${root}/pods`, {
      body: { metadata: { name }, spec: { containers: [{ name: 'c', image: 'x', ports: [{ containerPort: port }] }] } },
    })
    const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }] }
    return api.h2.request('PUT', `${root}/pods/${name}/status`, { body: { metadata: { name }, status } })
  }
  const node = async (name: string, type: string, address: string) => {
    await api.h2.request('POST', '/api/v1/nodes', { body: { metadata: { name } } })
    const daemonEndpoints = { kubeletEndpoint: { Port: kubelet.port } }
    const status = { addresses: [{ type, address }], daemonEndpoints }
    return api.h2.request('PUT', `/api/v1/nodes/${name}/status`, { body: { metadata: { name }, status } })
  }

  it.each(['127.0.0.1', '127.9.9.9', '169.254.169.254', '224.0.0.1', '::1', 'fe80::1', '::ffff:127.0.0.1'])(
    'to a pod or a node at %s',
    async address => {
      const id = address.replace(/[.:]+/g, '-').replace(/^-/, '')
      await pod(`at-${id}`, address)
      const refused = [400, 'address not allowed']
      const toPod = await api.h2.request('GET', `${root}/pods/at-${id}/proxy/`)
      expect([toPod.status, toPod.json.message]).toEqual(refused)
      await node(`at-${id}`, 'InternalIP', address)
      const toNode = await api.h2.request('GET', `/api/v1/nodes/at-${id}/proxy/healthz`)
      expect([toNode.status, toNode.json.message]).toEqual(refused)
    },
  )

  it('to a node whose name leads to the loopback', async () => {
    await node('named', 'Hostname', 'localhost')
    const reply = await api.h2.request('GET', '/api/v1/nodes/named/proxy/healthz')
    expect([reply.status, reply.json.message]).toEqual([400, 'address not allowed'])
  })

  it('to a host that stands in a port, a name or an address of a node', async () => {
    for (const name of [
      `web:80@127.0.0.1:${port}`,
      `http:web:@127.0.0.1:${port}`,
      'web:80%2F..%2F..',
      'web:99999',
      'web:0x50',
    ]) {
      const reply = await api.h1.request('GET', `${root}/pods/${name}/proxy/teapot`)
      expect(reply.status, name).toBeGreaterThanOrEqual(400)
      expect(reply.headers['x-from'], name).toBeUndefined()
    }
    for (const address of [`x@127.0.0.1:${port}/?`, '127.0.0.1#', 'a b', `${ip}:${port}/`]) {
      await node('forger', 'InternalIP', address)
      const reply = await api.h2.request('GET', '/api/v1/nodes/forger/proxy/healthz')
      expect([reply.status, reply.json.message], address).toEqual([
        500,
        expect.stringContaining('no preferred addresses found'),
      ])
    }
  })

  it('to an endpoint that is no pod of the namespace', async () => {
    await api.h2.request('POST', `${root}/services`, {
      body: { metadata: { name: 'written' }, spec: { ports: [{ name: 'http', port: 80 }] } },
    })
    const endpoints = async (address: object) => {
      await api.h2.request('DELETE', `${root}/endpoints/written`)
      await api.h2.request('POST', `${root}/endpoints`, {
        body: { metadata: { name: 'written' }, subsets: [{ addresses: [address], ports: [{ name: 'http', port }] }] },
      })
      return api.h2.request('GET', `${root}/services/written:http/proxy/a`)
    }
    const targetRef = { kind: 'Pod', namespace: 'default', name: 'web' }
    for (const forged of [
      { ip },
      { ip: '192.0.2.77', targetRef },
      { ip, targetRef: { ...targetRef, namespace: 'kube-system' } },
      { ip, targetRef: { ...targetRef, name: 'never' } },
    ])
      expect((await endpoints(forged)).json.message).toBe('no endpoints available for service "written:http"')
    expect(await endpoints({ ip, targetRef })).toMatchObject({ status: 200, text: 'GET /a nobody ' })
    expect((await api.h2.request('GET', `${root}/services/written:80/proxy/a`)).text).toBe('GET /a nobody ')
    expect((await api.h2.request('GET', `${root}/services/written:81/proxy/a`)).json.message).toBe(
      'no service port 81 found for service "written"',
    )
  })
})

it('a backend sees who the client is, and nothing that is only for us', async () => {
  const seen: Record<string, unknown>[] = []
  backend.on('request', request => seen.push(request.headers))
  await api.h1.request('GET', `${root}/pods/web/proxy/headers`, {
    headers: {
      'x-forwarded-for': '192.0.2.9',
      'proxy-authorization': 'Basic x',
      te: 'trailers',
      'x-remote-user': 'root',
      x_remote_user: 'root',
      'x-remote-group': 'system:masters',
      cookie: 'a=b',
      connection: 'close, x-for-the-proxy',
      'x-for-the-proxy': 'a',
      'x-for-the-backend': 'b',
    },
  })
  expect(seen.at(-1)).toMatchObject({ 'x-forwarded-for': '192.0.2.9, 127.0.0.1', 'x-for-the-backend': 'b' })
  for (const name of [
    'proxy-authorization',
    'te',
    'x-remote-user',
    'x_remote_user',
    'x-remote-group',
    'cookie',
    'x-for-the-proxy',
  ])
    expect(seen.at(-1), name).not.toHaveProperty(name)
  backend.removeAllListeners('request')
})

it('a redirect is passed on, and never followed', async () => {
  backend.on('request', (_request, response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end())
  const reply = await api.h1.request('GET', `${root}/pods/web/proxy/headers`)
  expect([reply.status, reply.headers.location]).toEqual([302, 'http://192.0.2.1/'])
  kubelet.onRequest = (_request, response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end()
  await api.h1.request('POST', `${root}/pods`, {
    body: { metadata: { name: 'logged' }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }] } },
  })
  const log = await api.h1.request('GET', `${root}/pods/logged/log`)
  expect([log.status, log.headers.location]).toEqual([500, undefined])
})
