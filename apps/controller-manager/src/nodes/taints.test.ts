import type { Node, Taint } from '@kubets/api-types'
import { ApiError } from '@kubets/apimachinery'
import { manualClock } from '@kubets/client/testing'
import { expect, test } from 'vitest'
import { toNodeInfo } from './node-info.ts'
import { changedTaints, writeTaints } from './taints.ts'

const taint = (key: string, effect = 'NoSchedule', more: object = {}) => ({ key, effect, ...more }) as Taint
const conflict = () =>
  new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'Conflict', code: 409 })

test.each([
  [[], { add: [], remove: [taint('a')] }, undefined],
  [[taint('a')], { add: [taint('a')], remove: [] }, undefined],
  [[taint('a', 'NoSchedule', { value: 'x' })], { add: [taint('a')], remove: [taint('b')] }, undefined],
  [[taint('a', 'NoExecute')], { add: [taint('a')], remove: [] }, [taint('a', 'NoExecute'), taint('a')]],
  [[taint('a'), taint('b')], { add: [taint('c')], remove: [taint('a')] }, [taint('b'), taint('c')]],
  [[taint('a')], { add: [], remove: [taint('a')] }, []],
])('%j changed by %j is %j', (taints, change, expected) => {
  expect(changedTaints(taints, change)).toEqual(expected)
})

const node = (resourceVersion: string, taints: Taint[]): Node => ({
  metadata: { name: 'n', resourceVersion },
  spec: { taints },
})

test('taints are written for the node as it was read, and again for what somebody else made of it', async () => {
  const bodies: unknown[] = []
  const client = {
    get: async () => node('8', [taint('theirs')]) as never,
    async patch(_ref: unknown, _key: unknown, _type: unknown, body: unknown) {
      bodies.push(body)
      if (bodies.length === 1) throw conflict()
      return undefined as never
    },
  }
  const clock = manualClock(Date.parse('2026-01-01T00:00:00.500Z'))
  const options = { client, clock, signal: new AbortController().signal }
  await writeTaints(options, toNodeInfo(node('7', [taint('old')])), { add: [taint('new')], remove: [taint('old')] })
  const added = { key: 'new', effect: 'NoSchedule', timeAdded: '2026-01-01T00:00:00Z' }
  expect(bodies).toEqual([
    { metadata: { resourceVersion: '7' }, spec: { taints: [added] } },
    { metadata: { resourceVersion: '8' }, spec: { taints: [taint('theirs'), added] } },
  ])
})
