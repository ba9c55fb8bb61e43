import type { Steps } from '@kubets/apimachinery'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { largeObject, RequestTurns } from '../handlers/request-turns.ts'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())
afterEach(() => {
  vi.restoreAllMocks()
})

const path = '/api/v1/namespaces/default/configmaps'
const data = (value: string) =>
  Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key-${i}`, `${value}-${i}`]))
const configMap = (name: string, value: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: data(value),
})

/** How often work on a large object has let others go on. */
function countSteps(): () => number {
  const { through } = RequestTurns.prototype
  let count = 0
  function* counted<T>(steps: Steps<T>): Steps<T> {
    for (let next = steps.next(); ; next = steps.next()) {
      if (next.done) return next.value
      count++
      yield
    }
  }
  vi.spyOn(RequestTurns.prototype, 'through').mockImplementation(function <T>(
    this: RequestTurns,
    bytes: number,
    steps: Steps<T>,
  ) {
    return through.call(this, bytes, bytes < largeObject ? steps : counted(steps)) as Promise<T>
  })
  return () => count
}

it.each([
  ['a PUT', 'PUT', 'application/json', configMap('put', 'b')],
  ['a merge patch', 'PATCH', 'application/merge-patch+json', { data: data('b') }],
  ['a strategic merge patch', 'PATCH', 'application/strategic-merge-patch+json', { data: data('b') }],
  ['a JSON patch', 'PATCH', 'application/json-patch+json', [{ op: 'replace', path: '/data', value: data('b') }]],
  ['an apply', 'PATCH', 'application/apply-patch+yaml', configMap('apply', 'b')],
])('%s of 20,000 keys lets others go on while it finds out whose they are', async (_, method, type, body) => {
  const name = method === 'PUT' ? 'put' : type.replace(/.*\/|-patch.*/g, '')
  const made = await api.h2.request('POST', `${path}?fieldManager=a`, { body: configMap(name, 'a') })
  expect(made.status, made.text.slice(0, 200)).toBe(201)
  const steps = countSteps()
  const query = type.includes('apply') ? '?fieldManager=b&force=true' : '?fieldManager=b'
  const { status, json, text } = await api.h2.request(method, `${path}/${name}${query}`, {
    body,
    headers: { 'content-type': type },
  })
  expect(status, text.slice(0, 200)).toBe(200)
  expect(json.data['key-7']).toBe('b-7')
  expect(json.metadata.managedFields.map(({ manager }: { manager: string }) => manager)).toContain('b')
  expect(steps()).toBeGreaterThanOrEqual(3)
})
