import { createCertificateAuthority } from '@kubets/pki'
import { execOverSpdy } from '@kubets/streaming'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { addNode, type FakeKubelet, fakeKubelet } from '../testing/fake-kubelet.ts'
import { ownAddress } from '../testing/own-address.ts'

let api: TestApiServer
let kubelet: FakeKubelet
const ip = ownAddress()
const pods = '/api/v1/namespaces/default/pods'

beforeAll(async () => {
  kubelet = await fakeKubelet((await testCertificates()).authority, ip)
  api = await testApiServer({ kubeletClient: kubelet.clientOptions })
  await addNode(api, { port: kubelet.port, address: ip })
  await addNode(api, { name: 'down', port: 1, address: ip })
  for (const [name, nodeName] of [
    ['up', 'n1'],
    ['down', 'down'],
  ]) {
    const body = { metadata: { name }, spec: { nodeName, containers: [{ name: 'c', image: 'x' }] } }
    expect((await api.h2.request('POST', pods, { body })).status).toBe(201)
  }
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await kubelet[Symbol.asyncDispose]()
})

/** An error that is no Status, as upstream words it. */
const plain = (message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  code: 500,
})
const unavailable = (message: string) => ({ ...plain(message), reason: 'ServiceUnavailable', code: 503 })

/** The answer to a request that asks for another protocol. */
async function upgrade(path: string, server = api) {
  const url = `https://127.0.0.1:${server.server.port}${path}`
  const tls = { ca: server.authority.cert, cert: server.admin.cert, key: server.admin.key }
  const streams = { stdin: true, stdout: true, stderr: false, tty: false }
  const error = await execOverSpdy({ target: { url, tls }, ...streams }).catch(problem => problem)
  return [error.status, JSON.parse(error.body)]
}

describe('a kubelet where nobody listens', () => {
  const refused = `dial tcp ${ip}:1: connect: connection refused`

  it.each(['h1', 'h2'] as const)('has no log over %s', async which => {
    const reply = await api[which].request('GET', `${pods}/down/log?tailLines=5&follow=true`)
    const url = `https://${ip}:1/containerLogs/default/down/c?follow=true&tailLines=5`
    expect([reply.status, reply.json]).toEqual([500, plain(`Get "${url}": ${refused}`)])
  })

  it('is an unavailable service to who proxies to the node', async () => {
    const reply = await api.h2.request('GET', '/api/v1/nodes/down/proxy/healthz')
    expect([reply.status, reply.json]).toEqual([503, unavailable(`error trying to reach service: ${refused}`)])
  })

  it.each([
    `${pods}/down/exec?command=ls&stdout=true`,
    `${pods}/down/attach?stdout=true`,
    `${pods}/down/portforward`,
    '/api/v1/nodes/down/proxy/exec/default/down/c',
  ])('cannot be dialled for %s', async path => {
    expect(await upgrade(path)).toEqual([500, plain(`error dialing backend: ${refused}`)])
  })
})

describe('a kubelet that ends the connection without an answer', () => {
  beforeAll(() => {
    kubelet.onRequest = request => request.socket.destroy()
  })

  it('has no log', async () => {
    const reply = await api.h2.request('GET', `${pods}/up/log`)
    const url = `https://${ip}:${kubelet.port}/containerLogs/default/up/c`
    expect([reply.status, reply.json]).toEqual([500, plain(`Get "${url}": EOF`)])
  })

  it('is an unavailable service', async () => {
    const reply = await api.h2.request('GET', '/api/v1/nodes/n1/proxy/healthz')
    expect([reply.status, reply.json]).toEqual([503, unavailable('error trying to reach service: EOF')])
  })

  it('executes nothing', async () => {
    expect(await upgrade(`${pods}/up/exec?command=ls&stdout=true`)).toEqual([500, plain('unexpected EOF')])
  })
})

it('a kubelet of another authority is not spoken to', async () => {
  const { cert } = await createCertificateAuthority('another')
  const kubeletClient = { ...kubelet.clientOptions, ca: cert }
  await using other = await testApiServer({ store: api.store, kubeletClient })
  const why = 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
  const log = await other.h2.request('GET', `${pods}/up/log`)
  const url = `https://${ip}:${kubelet.port}/containerLogs/default/up/c`
  expect([log.status, log.json]).toEqual([500, plain(`Get "${url}": ${why}`)])
  const proxied = await other.h2.request('GET', '/api/v1/nodes/n1/proxy/healthz')
  expect(proxied.json).toEqual(unavailable(`error trying to reach service: ${why}`))
  expect(await upgrade(`${pods}/up/exec?command=ls&stdout=true`, other)).toEqual([
    500,
    plain(`error dialing backend: ${why}`),
  ])
})

it('a kubelet that answers an upgrade with something else has given no answer', async () => {
  kubelet.onRequest = (_request, response) => response.end('hello')
  expect(await upgrade(`${pods}/up/exec?command=ls&stdout=true`)).toEqual([
    500,
    plain('invalid upgrade response: status code 200'),
  ])
})

describe('a log that the kubelet does not show', () => {
  const details = { name: 'up', kind: 'pods/log' }
  it.each([
    [404, 'no such pod', 'NotFound', 'the server could not find the requested resource ( pods/log up)', details],
    [403, 'not for you', 'Forbidden', 'not for you ( pods/log up)', details],
    [
      502,
      'a "gateway"',
      'InternalError',
      'an error on the server ("a \\"gateway\\"") has prevented the request from succeeding ( pods/log up)',
      details,
    ],
    [
      418,
      'a teapot',
      undefined,
      'the server responded with the status code 418 but did not return more information ( pods/log up)',
      details,
    ],
    [500, 'broken\n', 'InternalError', 'Internal error occurred: broken\n', { causes: [{ message: 'broken\n' }] }],
  ])('with %i is refused in upstream’s words', async (code, text, reason, message, details) => {
    kubelet.onRequest = (_request, response) => response.writeHead(code).end(text)
    const reply = await api.h2.request('GET', `${pods}/up/log`)
    expect([reply.status, reply.json]).toEqual([code, { ...plain(message), ...(reason && { reason }), details, code }])
  })

  it('but elsewhere is not looked for there', async () => {
    kubelet.onRequest = (_request, response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end()
    const reply = await api.h2.request('GET', `${pods}/up/log`)
    expect(reply.json).toEqual(plain('Get "http://192.0.2.1/": redirects forbidden'))
  })
})

it('a connection that the kubelet ends while it lies idle costs no log', async () => {
  kubelet.onRequest = (_request, response) => response.end('one\n')
  expect((await api.h2.request('GET', `${pods}/up/log`)).text).toBe('one\n')
  const before = kubelet.requests.length
  kubelet.onRequest = (request, response) => {
    // as if the end had been on its way when the request was sent
    if (kubelet.requests.length === before + 1) request.socket.destroy()
    else response.end('two\n')
  }
  const reply = await api.h2.request('GET', `${pods}/up/log`)
  expect([reply.status, reply.text, kubelet.requests.length]).toEqual([200, 'two\n', before + 2])
})
