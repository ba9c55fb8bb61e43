import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../testing/entry-under-test.ts'
import { mandatoryFlowControl, suggestedFlowControl } from './bootstrap.ts'

const group = 'flowcontrol.apiserver.k8s.io'
const schema = entryUnderTest(group, 'v1', 'FlowSchema')
const level = entryUnderTest(group, 'v1', 'PriorityLevelConfiguration')

describe('the objects of the start', () => {
  const all = [mandatoryFlowControl, suggestedFlowControl]
  it.each([
    ...all.flatMap(({ flowSchemas }) => flowSchemas.map(object => [object.metadata?.name, schema, object] as const)),
    ...all.flatMap(({ priorityLevels }) =>
      priorityLevels.map(object => [object.metadata?.name, level, object] as const),
    ),
  ])('%s is valid, and defaults change nothing in it', (_name, kind, object) => {
    expect(kind.errors(object)).toEqual([])
    expect(kind.made(object).spec).toEqual(object.spec)
  })
})

describe('a FlowSchema', () => {
  const spec = {
    priorityLevelConfiguration: { name: 'x' },
    rules: [
      {
        subjects: [{ kind: 'User', user: { name: 'a' } }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      },
    ],
  }
  it('comes in the middle unless it says otherwise', () => {
    expect(schema.made({ spec }).spec).toMatchObject({ matchingPrecedence: 1000 })
  })
  it('that is mandatory cannot be changed, but labelled', () => {
    const [, catchAll] = mandatoryFlowControl.flowSchemas
    const named = { metadata: { name: 'catch-all' }, spec: catchAll?.spec }
    expect(schema.updateErrors(named, { ...named, metadata: { name: 'catch-all', labels: { a: 'b' } } })).toEqual([])
    const [error = ''] = schema.updateErrors(named, { ...named, spec: { ...catchAll?.spec, matchingPrecedence: 5 } })
    expect(error).toContain(
      'spec: Invalid value: {"PriorityLevelConfiguration":{"Name":"catch-all"},"MatchingPrecedence":5,',
    )
    expect(error).toContain(`"User":null,"Group":{"Name":"system:unauthenticated"},"ServiceAccount":null}`)
    expect(error).toContain("spec of 'catch-all' must equal the fixed value")
  })
  it('has a status whose conditions are there once each', () => {
    const status = { conditions: [{ type: 'Dangling', status: 'True' }, { type: 'Dangling' }, {}] }
    expect(schema.updateErrors({ spec }, { spec, status }, { subresource: 'status' })).toEqual([
      'status.conditions[1].type: Duplicate value: "Dangling"',
      'status.conditions[2].type: Required value',
    ])
    const metadata = { name: 'a', labels: { sneaked: 'in' } }
    const [next] = schema.updated({ spec }, { metadata, spec: {}, status }, { subresource: 'status' })
    expect(next).toMatchObject({ spec: { priorityLevelConfiguration: { name: 'x' } }, status })
    expect(next.metadata?.labels).toBeUndefined()
  })
  it('is printed with its level, and whether that is missing', () => {
    const status = { conditions: [{ type: 'Dangling', status: 'False' }] }
    expect(schema.cells({ spec: { ...spec, matchingPrecedence: 7 }, status })).toEqual([
      'a',
      'x',
      7,
      '<none>',
      '10m',
      'False',
    ])
    expect(schema.cells({ spec })[5]).toBe('?')
  })
})

describe('a PriorityLevelConfiguration', () => {
  const queue = (queuing: object) => ({
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing } } },
  })
  it('has upstream’s figures where it says none', () => {
    expect(level.made(queue({})).spec).toEqual({
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 30,
        lendablePercent: 0,
        limitResponse: { type: 'Queue', queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
      },
    })
  })
  it('of the exempt may change its seats, and nothing else', () => {
    const exempt = (spec: object) => ({ metadata: { name: 'exempt' }, spec: { type: 'Exempt', ...spec } })
    const before = exempt({ exempt: {} })
    expect(level.updateErrors(before, exempt({ exempt: { nominalConcurrencyShares: 9 } }))).toEqual([])
    expect(level.updateErrors(before, exempt({ limited: {} })).join()).toContain(
      "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value",
    )
  })
  it('is printed with its queues', () => {
    expect(level.cells(level.made(queue({})))).toEqual(['a', 'Limited', 30, 64, 8, 50, expect.any(String)])
    expect(level.cells({ spec: { type: 'Exempt' } }).slice(1, 6)).toEqual(['Exempt', ...Array(4).fill('<none>')])
  })
})
