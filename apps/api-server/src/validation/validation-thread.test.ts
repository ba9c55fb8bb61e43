import { builtinCatalogue, type KubeObject, type ResourceEntry } from '@kubets/api-types'
import { silentLogger } from '@kubets/component'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { ValidationThread } from './validation-thread.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A definition with so many rules, of which the last may be wrong. */
function definition(name: string, count: number, last = 'self == 0') {
  const rules = (rule: string) => ({ type: 'integer', 'x-kubernetes-validations': [{ rule }] })
  const properties = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`p${i}`, rules(i === count - 1 ? last : `self > ${i} || self == 0`)]),
  )
  const openAPIV3Schema = { type: 'object', properties: { spec: { type: 'object', properties } } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${name}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: name, kind: `K${name}` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
}

describe('a definition with thousands of rules', () => {
  let api: TestApiServer
  beforeAll(async () => {
    api = await testApiServer()
  })
  afterAll(() => api[Symbol.asyncDispose]())

  it('is compiled in a thread of its own, in which others are answered', async () => {
    // the way is warm
    expect((await api.h2.request('POST', definitions, { body: definition('first', 200) })).status).toBe(201)
    const answers: number[] = []
    let done = false
    const under = async () => {
      while (!done) answers.push((await api.h2.request('GET', '/api/v1/namespaces/default')).status)
    }
    const made = api.h2.request('POST', definitions, { body: definition('second', 3_000) }).finally(() => {
      done = true
    })
    const [{ status }] = await Promise.all([made, under()])
    expect(status).toBe(201)
    // compiled here, it would have been two
    expect(answers.length).toBeGreaterThan(20)
    expect(new Set(answers)).toEqual(new Set([200]))
  })

  it('is refused with the causes that a small one has', async () => {
    const { status, json } = await api.h2.request('POST', definitions, { body: definition('third', 500, 'self.x') })
    expect([status, json.details.causes]).toMatchObject([
      422,
      [
        {
          field: 'spec.validation.openAPIV3Schema.properties[spec].properties[p499].x-kubernetes-validations[0].rule',
          message: expect.stringContaining('compilation failed: ERROR: <input>:1:5'),
        },
      ],
    ])
  })

  it('is changed the same way', async () => {
    const path = `${definitions}/fourth.example.com`
    await api.h2.request('POST', definitions, { body: definition('fourth', 500) })
    // its status is written meanwhile
    const refused = await vi.waitFor(async () => {
      const { json } = await api.h2.request('GET', path)
      const { spec } = definition('fourth', 500, 'self.x')
      const reply = await api.h2.request('PUT', path, { body: { ...json, spec } })
      expect(reply.status).not.toBe(409)
      return reply
    })
    expect([refused.status, refused.json.details.causes.length]).toEqual([422, 1])
  })
})

describe('the thread', () => {
  const entry = builtinCatalogue.byKind('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition') as ResourceEntry
  const context = { subresource: 'create', now: 0 }
  const object = definition('a', 2) as KubeObject
  entry.applyDefaults(object)

  it('ends when it is not asked any more, and starts again', async () => {
    let end: (() => void) | undefined
    const clock = {
      now: () => 0,
      after: (_ms: number, callback: () => void) => {
        end = callback
        return () => {
          end = undefined
        }
      },
    }
    await using thread = new ValidationThread(clock, silentLogger())
    expect(thread.running).toBe(false)
    expect(await thread.validate(entry, object, undefined, context)).toEqual({ causes: [], warnings: [] })
    expect(thread.running).toBe(true)
    end?.()
    await vi.waitFor(() => expect(thread.running).toBe(false))
    const wrong = { ...object, metadata: { name: 'other' } }
    const { causes } = await thread.validate(entry, wrong, undefined, context)
    expect(causes).toHaveLength(1)
  })

  it('lets only so many wait', async () => {
    await using thread = new ValidationThread({ now: () => 0, after: () => () => {} }, silentLogger())
    const large = { ...object, metadata: { name: 'x'.repeat(33 * 1024 * 1024) } }
    const asked = thread.validate(entry, large, undefined, context)
    expect(() => thread.validate(entry, object, undefined, context)).toThrow('too many objects')
    expect((await asked).causes.length).toBeGreaterThan(0)
    expect((await thread.validate(entry, object, undefined, context)).causes).toEqual([])
  })

  it('fails those that wait when it ends under them', async () => {
    const thread = new ValidationThread({ now: () => 0, after: () => () => {} }, silentLogger())
    const asked = thread.validate(entry, object, undefined, context)
    const refused = expect(asked).rejects.toThrow('the thread for validation ended')
    await thread[Symbol.asyncDispose]()
    await refused
  })
})
