import { expect, it } from 'vitest'
import { testApiServer } from '../../apps/api-server/src/testing/api-server.ts'
import { fuzz } from './fuzz.ts'
import { complaint } from './judge.ts'

it('an api-server answers hostile requests with a Status, in bounded time, and lives', {
  timeout: 120_000,
}, async () => {
  const report = await fuzz({ seed: 20261125, seconds: 60, requests: 600 })
  expect(report.complaints).toEqual([])
  expect(report.requests).toBe(600)
  // not everything was refused at the door
  expect(report.answers[201] ?? 0).toBeGreaterThan(0)
  expect(report.answers[422] ?? 0).toBeGreaterThan(0)
})

it.each([
  [
    'an internal error',
    500,
    '{"kind":"Status","apiVersion":"v1","status":"Failure","code":500,"message":"x is not a function"}',
  ],
  ['a broken connection', 0, 'ECONNRESET'],
  ['a body that is no JSON', 400, '{'],
  ['a failure without a Status', 400, '{"kind":"Pod"}'],
  [
    'an internal error in the words of a node without addresses',
    500,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Internal error occurred: no preferred addresses found; known addresses: []","reason":"InternalError","code":500}',
  ],
  [
    'a node without addresses that has a reason',
    500,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"no preferred addresses found; known addresses: []","reason":"InternalError","code":500}',
  ],
  [
    'a Status that says something else',
    404,
    '{"kind":"Status","apiVersion":"v1","status":"Failure","code":400,"message":"x"}',
  ],
])('%s is complained about', (_, status, text) => {
  const headers = { 'content-type': 'application/json' }
  expect(complaint({ method: 'GET', path: '/', headers: {} }, { status, headers, text, milliseconds: 1 })).toBeDefined()
})

it.each([[[]], [[{ type: 'Hostname', address: 'a "b" [c]' }]]])(
  'a node where no kubelet can be asked, its addresses being %j, is no complaint',
  async addresses => {
    await using api = await testApiServer()
    await api.h1.request('POST', '/api/v1/nodes', { body: { metadata: { name: 'n' } } })
    await api.h1.request('PUT', '/api/v1/nodes/n/status', { body: { metadata: { name: 'n' }, status: { addresses } } })
    const { status, headers, text } = await api.h1.request('GET', '/api/v1/nodes/n/proxy/healthz')
    expect([status, text]).toEqual([500, expect.stringContaining('no preferred addresses found')])
    const request = { method: 'GET', path: '/', headers: {} }
    expect(complaint(request, { status, headers, text, milliseconds: 1 })).toBeUndefined()
  },
)
