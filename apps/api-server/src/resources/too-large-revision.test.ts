import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { openWatch } from '../testing/watch-reader.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const future = 'resourceVersion=99999999'
const namespaces = '/api/v1/namespaces'
const events = `${namespaces}/default/events`

const tooLarge = (retryAfterSeconds: number | undefined) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: expect.stringMatching(/^Timeout: Too large resource version: 99999999, current: \d+$/),
  reason: 'Timeout',
  details: {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  },
  code: 504,
})

// three seconds each, at once
it.concurrent.each([
  ['a GET', `${namespaces}/default?${future}`],
  ['a LIST', `${namespaces}?${future}`],
  ['a LIST not older than it', `${namespaces}?${future}&resourceVersionMatch=NotOlderThan`],
  ['a LIST at exactly it', `${namespaces}?${future}&resourceVersionMatch=Exact`],
  ['a LIST of a page of it', `${namespaces}?${future}&limit=1`],
])('%s at a revision that is not reached is told to come again', async (_, path) => {
  const began = performance.now()
  const reply = await api.h1.request('GET', path)
  expect(reply.json).toEqual(tooLarge(1))
  expect([reply.status, reply.headers['retry-after']]).toEqual([504, '1'])
  expect(performance.now() - began).toBeGreaterThan(2_900)
})

it.concurrent('a watch that begins with a state that is not reached is told inside its stream', async () => {
  const path = `${namespaces}?watch=1&${future}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`
  const watch = await openWatch(api.h1, path)
  expect(watch.reply.status).toBe(200)
  expect(await watch.next()).toEqual({ type: 'ERROR', object: tooLarge(1) })
  expect(await watch.next()).toBeUndefined()
})

it.concurrent('a watch of what comes after it begins, and waits for it', async () => {
  const watch = await openWatch(api.h1, `${namespaces}?watch=1&${future}&timeoutSeconds=1`)
  expect(watch.reply.status).toBe(200)
  expect(await watch.next()).toBeUndefined()
})

it.concurrent.each([
  ['a GET', `${events}/none?${future}`],
  ['a LIST', `${events}?${future}`],
])('%s of events, which upstream does not cache, is told so at once', async (_, path) => {
  const reply = await api.h1.request('GET', path)
  expect(reply.json).toEqual(tooLarge(undefined))
  expect([reply.status, reply.headers['retry-after']]).toEqual([504, undefined])
})
