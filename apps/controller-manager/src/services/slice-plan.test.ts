import type { EndpointSlice } from '@kubets/api-types'
import { describe, expect, it } from 'vitest'
import { planSlices, type SliceEndpoint, type SlicePort } from './slice-plan.ts'

const endpoint = (n: number, ready = true): SliceEndpoint => ({ addresses: [`10.0.0.${n}`], conditions: { ready } })
const endpoints = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => endpoint(from + i))
const http: SlicePort[] = [{ name: 'http', port: 80, protocol: 'TCP' }]
const slice = (name: string, held: SliceEndpoint[], ports = http): EndpointSlice => ({
  metadata: { name },
  addressType: 'IPv4',
  endpoints: held,
  ports,
})
const plan = (existing: EndpointSlice[], wanted: SliceEndpoint[], placeholder = true) =>
  planSlices({
    existing,
    groups: wanted.length === 0 ? [] : [{ ports: http, endpoints: wanted }],
    most: 3,
    fresh: ports => ({ ...slice('', [], [...ports]), metadata: { generateName: 's-' } }),
    labelled: each => each,
    placeholder,
  })
const sizes = (slices: EndpointSlice[]) =>
  slices.map(({ metadata, endpoints: held = [] }) => `${metadata?.name ?? ''}:${held.length}`)

describe('slices of endpoints', () => {
  it.each([
    ['are made, none too full', [], endpoints(1, 7), { create: [':3', ':3', ':1'], update: [], remove: [] }],
    [
      'stay when nothing changes',
      [slice('a', endpoints(1, 2))],
      endpoints(1, 2),
      { create: [], update: [], remove: [] },
    ],
    [
      'take more where there is room',
      [slice('a', endpoints(1, 1)), slice('b', endpoints(2, 3))],
      endpoints(1, 4),
      { create: [], update: ['b:3'], remove: [] },
    ],
    [
      'lose what is gone, and go when empty',
      [slice('a', endpoints(1, 2)), slice('b', endpoints(3, 3))],
      endpoints(1, 1),
      { create: [], update: ['a:1'], remove: ['b:1'] },
    ],
    [
      'that would go become those that would come',
      [slice('a', endpoints(1, 2), [])],
      endpoints(3, 4),
      { create: [], update: ['a:2'], remove: [] },
    ],
    ['leave an empty one behind', [slice('a', endpoints(1, 2))], [], { create: [], update: ['a:0'], remove: [] }],
    ['that are empty stay so', [slice('a', [], [])], [], { create: [], update: [], remove: [] }],
  ])('%s', (_name, existing, wanted, expected) => {
    const { create, update, remove } = plan(existing, wanted)
    expect({ create: sizes(create), update: sizes(update), remove: sizes(remove) }).toEqual(expected)
  })

  it('without a placeholder all go', () => {
    expect(sizes(plan([slice('a', endpoints(1, 2))], [], false).remove)).toEqual(['a:2'])
  })

  it('an endpoint whose state has changed is written in its place', () => {
    const { update } = plan([slice('a', endpoints(1, 2))], [endpoint(1), endpoint(2, false)])
    expect(update.map(each => each.endpoints)).toEqual([[endpoint(1), endpoint(2, false)]])
  })
})
