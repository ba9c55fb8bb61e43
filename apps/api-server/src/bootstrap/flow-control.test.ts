import { builtinCatalogue, mandatoryFlowControl, suggestedFlowControl } from '@kubets/api-types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { revised } from './flow-control.ts'

const group = '/apis/flowcontrol.apiserver.k8s.io/v1'
const annotation = 'apf.kubernetes.io/autoupdate-spec'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

describe('priority and fairness', () => {
  it('has its objects from the start', async () => {
    const names = async (resource: string) => {
      const { json } = await api.h2.request('GET', `${group}/${resource}`)
      return json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    }
    expect(await names('prioritylevelconfigurations')).toEqual([
      'catch-all',
      'exempt',
      'global-default',
      'leader-election',
      'node-high',
      'system',
      'workload-high',
      'workload-low',
    ])
    expect(await names('flowschemas')).toHaveLength(11)
    const { json } = await api.h2.request('GET', `${group}/flowschemas/exempt`)
    expect(json.metadata).toMatchObject({ generation: 1, annotations: { [annotation]: 'true' } })
    expect(json.spec.matchingPrecedence).toBe(1)
  })

  it('lets nobody change the mandatory ones', async () => {
    const patch = (path: string, spec: object) =>
      api.h2.request('PATCH', `${group}/${path}`, {
        body: JSON.stringify({ spec }),
        headers: { 'content-type': 'application/merge-patch+json' },
      })
    const schema = await patch('flowschemas/catch-all', { matchingPrecedence: 9999 })
    expect([schema.status, schema.json.message]).toEqual([
      422,
      expect.stringContaining("spec of 'catch-all' must equal the fixed value"),
    ])
    const level = await patch('prioritylevelconfigurations/exempt', { exempt: { nominalConcurrencyShares: 7 } })
    expect([level.status, level.json.spec.exempt.nominalConcurrencyShares]).toEqual([200, 7])
  })
})

describe('an object of the start', () => {
  const entry = builtinCatalogue.byResource('flowcontrol.apiserver.k8s.io', 'v1', 'flowschemas') as never
  const [object] = suggestedFlowControl.flowSchemas
  const [exempt] = mandatoryFlowControl.flowSchemas
  if (object?.spec === undefined || exempt?.spec === undefined) throw new Error('no objects')
  const suggested = { entry, object, mandatory: false }
  const mandatory = { entry, object: exempt, mandatory: true }
  const other = { ...object.spec, matchingPrecedence: 1234 }
  const current = (generation: number, value: string | undefined, spec: object) => ({
    ...object,
    metadata: { name: 'x', generation, ...(value === undefined ? {} : { annotations: { [annotation]: value } }) },
    spec,
  })

  it.each([
    ['true', 5, 'as it was', 'true', 6],
    ['1', 5, 'as it was', '1', 6],
    ['false', 5, 'left alone', 'false', 5],
    [undefined, 1, 'as it was', 'true', 2],
    [undefined, 2, 'left alone', 'false', 2],
    ['perhaps', 2, 'left alone', 'false', 2],
  ])('that is suggested, annotated %s, of generation %s and changed is %s', (value, generation, what, after, next) => {
    const found = revised(suggested, current(generation, value, other) as never)
    if (value === 'false') {
      expect(found).toBeUndefined()
      return
    }
    expect(found?.spec).toEqual(what === 'left alone' ? other : object.spec)
    expect(found?.metadata).toMatchObject({ generation: next, annotations: { [annotation]: after } })
  })
  it('that is as it should be stays', () => {
    expect(revised(suggested, current(1, 'true', object.spec as object) as never)).toBeUndefined()
  })
  it('that is mandatory is kept whatever its annotation says', () => {
    const found = revised(mandatory, current(9, 'false', other) as never)
    expect(found?.spec).toEqual(exempt.spec)
    expect(found?.metadata?.annotations).toEqual({ [annotation]: 'true' })
  })
})
