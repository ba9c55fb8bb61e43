import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

/** What kube-apiserver v1.36 with two families answered to each of these Services, none of the others being there. */
interface RecordedAnswer {
  readonly object: { metadata?: object }
  readonly causes?: readonly string[]
  readonly warnings?: readonly string[]
  readonly status?: number
  readonly message?: string
}

const answers = JSON.parse(
  readFileSync(new URL('testdata/answers.json', import.meta.url), 'utf8'),
) as readonly RecordedAnswer[]
const services = '/api/v1/namespaces/default/services'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer({ serviceClusterIpRange: '10.96.0.0/16,fd00:10:96::/112' })
})
afterAll(() => api[Symbol.asyncDispose]())

describe('a Service is answered as upstream answers it', () => {
  it.each(answers.map((answer, i) => [`${i} ${JSON.stringify(answer.object).slice(0, 100)}`, answer] as const))(
    '%s',
    async (_text, { object, causes, warnings = [], status, message }) => {
      const body = { ...object, metadata: { name: 'a', ...object.metadata } }
      const reply = await api.h1.request('POST', services, { body })
      if (status !== undefined) {
        expect([reply.status, reply.json.message]).toEqual([status, message])
        return
      }
      if (causes !== undefined) {
        const told = reply.json.details?.causes?.map(
          (c: { field: string; message: string }) => `${c.field}: ${c.message}`,
        )
        expect([reply.status, told]).toEqual([422, causes])
        return
      }
      expect(reply.status, reply.text).toBe(201)
      const header = [reply.headers.warning ?? []].flat().join(', ')
      expect(header).toBe(warnings.map(text => `299 - ${JSON.stringify(text)}`).join(', '))
      await api.h1.request('DELETE', `${services}/${reply.json.metadata.name}`)
    },
  )
})
