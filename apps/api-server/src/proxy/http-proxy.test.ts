import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { type FakeKubelet, fakeKubelet } from '../testing/fake-kubelet.ts'

let api: TestApiServer
let kubelet: FakeKubelet
let backend: Server
let port: number
const root = '/api/v1/namespaces/default'

beforeAll(async () => {
  backend = createServer(async (request, response) => {
    response.writeHead(request.url === '/teapot' ? 418 : 200, { 'content-type': 'text/plain', 'x-from': 'backend' })
    response.end(`${request.method} ${request.url} ${request.headers.authorization ?? 'nobody'} ${await text(request)}`)
  }).listen(0, '127.0.0.1')
  await once(backend, 'listening')
  port = (backend.address() as AddressInfo).port
  kubelet = await fakeKubelet((await testCertificates()).authority)
  api = await testApiServer({ kubeletClient: kubelet.clientOptions })
  await api.h2.request('POST', '/api/v1/nodes', { body: { metadata: { name: 'n1' } } })
  await api.h2.request('PUT', '/api/v1/nodes/n1/status', {
    body: {
      metadata: { name: 'n1' },
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
      },
    },
  })
  await api.h2.request('POST', `${root}/pods`, {
    body: {
      metadata: { name: 'web' },
      spec: { containers: [{ name: 'c', image: 'x', ports: [{ containerPort: port }] }] },
    },
  })
  await api.h2.request('PUT', `${root}/pods/web/status`, {
    body: {
      metadata: { name: 'web' },
      status: { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] },
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
  const addressOf = (ip: string, pod?: string) => ({
    ip,
    ...(pod === undefined ? {} : { targetRef: { kind: 'Pod', namespace: 'default', name: pod } }),
  })
  for (const [name, address] of [
    ['web', addressOf('127.0.0.1', 'web')],
    ['elsewhere', addressOf('127.0.0.2', 'web')],
    ['nobodys', addressOf('127.0.0.1')],
  ] as const) {
    const metadata = { name, namespace: 'default', uid: name }
    const subsets = [{ addresses: [address], ports: [{ name: 'http', port }] }]
    // the API takes no loopback addresses
    await api.store.put({
      key: `/registry/services/endpoints/default/${name}`,
      value: Buffer.from(JSON.stringify({ kind: 'Endpoints', apiVersion: 'v1', metadata, subsets })),
      expected: 0,
    })
  }
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
      'error trying to reach service: dial tcp 127.0.0.1:1: connect: connection refused',
    ])
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
    expect(none.json.message).toContain('no preferred addresses found; known addresses: [127.0.0.1]')
  })
})
