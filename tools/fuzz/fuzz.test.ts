import { expect, it } from 'vitest'
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
    'a Status that says something else',
    404,
    '{"kind":"Status","apiVersion":"v1","status":"Failure","code":400,"message":"x"}',
  ],
])('%s is complained about', (_, status, text) => {
  const headers = { 'content-type': 'application/json' }
  expect(complaint({ method: 'GET', path: '/', headers: {} }, { status, headers, text, milliseconds: 1 })).toBeDefined()
})
