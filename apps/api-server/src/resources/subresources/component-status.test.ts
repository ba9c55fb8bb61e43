import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../../testing/api-server.ts'
import { healthz } from './component-checks.ts'

const path = '/api/v1/componentstatuses'
const asTable = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }

describe('component statuses', () => {
  let api: TestApiServer
  beforeAll(async () => {
    api = await testApiServer()
  })
  afterAll(() => api[Symbol.asyncDispose]())

  it('say how the parts are, with a word of warning', async () => {
    const { status, json, headers } = await api.h1.request('GET', path)
    expect([status, json.kind, json.apiVersion, json.metadata]).toEqual([200, 'ComponentStatusList', 'v1', {}])
    const names = json.items.map((item: { metadata: { name: string } }) => item.metadata.name)
    expect(names.sort()).toEqual(['controller-manager', 'etcd-0', 'scheduler'])
    expect(json.items[0]).not.toHaveProperty('kind')
    expect(headers.warning).toBe('299 - "v1 ComponentStatus is deprecated in v1.19+"')
  })

  it('are read one by one', async () => {
    const { json } = await api.h1.request('GET', `${path}/etcd-0`)
    expect(json).toEqual({
      kind: 'ComponentStatus',
      apiVersion: 'v1',
      metadata: { name: 'etcd-0' },
      conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
    })
    const missing = await api.h1.request('GET', `${path}/nobody`)
    expect([missing.status, missing.json.message]).toEqual([404, 'componentstatus "nobody" not found'])
  })

  it('are shown as a table', async () => {
    const { json } = await api.h1.request('GET', `${path}/etcd-0`, { headers: asTable })
    const names = json.columnDefinitions.map((column: { name: string }) => column.name)
    expect(names).toEqual(['Name', 'Status', 'Message', 'Error'])
    expect(json.rows[0].cells).toEqual(['etcd-0', 'Healthy', 'ok', ''])
  })

  it.each([
    ['GET', '?watch=1', 405, true],
    ['GET', '?watch=1&labelSelector=a%20b', 400, true],
    ['GET', '?watch=1&fieldSelector=spec.x%3Dy', 400, true],
    ['PUT', '/etcd-0', 405, false],
    ['DELETE', '/etcd-0', 405, false],
  ])('are not watched and not changed: %s %s', async (method, query, status, warned) => {
    const reply = await api.h1.request(method, path + query)
    expect([reply.status, reply.headers.warning !== undefined]).toEqual([status, warned])
  })

  it.each([
    ['?fieldSelector=metadata.name%3Detcd-0', ['etcd-0']],
    ['?labelSelector=a%3Db', []],
  ])('listed with %s are %j', async (query, expected) => {
    const { json } = await api.h1.request('GET', path + query)
    expect(json.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(expected)
  })

  it.each([
    ['GET', `${path}?watch=1`],
    ['POST', path],
    ['DELETE', `${path}/etcd-0`],
  ] as const)('answer no %s %s', async (method, url) => {
    const { status } = await api.h1.request(method, url, method === 'POST' ? { body: {} } : {})
    expect(status).toBe(405)
  })
})

describe('a health check', () => {
  async function asking(code: number, body: string) {
    const { serving } = await testCertificates()
    const server = createServer({ cert: serving.cert, key: serving.key }, (_, response) => {
      response.writeHead(code).end(body)
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    try {
      return await healthz(port)
    } finally {
      server.close()
    }
  }

  it.each([
    [200, 'ok', { status: 'True', message: 'ok' }],
    [500, 'secrets', { status: 'False', message: 'HTTP probe failed with statuscode: 500' }],
    [301, 'there', { status: 'Unknown', message: 'Probe terminated redirects, Response body: there' }],
  ])('that is answered with %i says %j', async (code, body, expected) => {
    expect(await asking(code, body)).toEqual(expected)
  })

  it('that nobody answers says so', async () => {
    expect(await healthz(1)).toEqual({
      status: 'False',
      message: 'Get "https://127.0.0.1:1/healthz": dial tcp 127.0.0.1:1: connect: connection refused',
    })
  })
})
