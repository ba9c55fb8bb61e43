import { expect, test } from 'vitest'
import { conditionsAfter, type DeletionReport } from './conditions.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const report = (more: Partial<DeletionReport> = {}): DeletionReport => ({
  contentFailures: [],
  remaining: new Map(),
  finalizers: new Map(),
  complete: true,
  ...more,
})

test('what is left and what could not be done is said, sorted, and only what changes gets a new time', () => {
  const first = conditionsAfter([], report(), now) ?? []
  expect(first.map(({ status, reason }) => `${status} ${reason}`)).toEqual([
    'False ResourcesDiscovered',
    'False ParsedGroupVersions',
    'False ContentDeleted',
    'False ContentRemoved',
    'False ContentHasNoFinalizers',
  ])
  expect(conditionsAfter(first, report(), now + 1_000)).toBeUndefined()
  const remaining = new Map([
    ['pods.', 2],
    ['deployments.apps', 1],
  ])
  const second = conditionsAfter(first, report({ remaining, contentFailures: ['b', 'a'] }), now + 60_000) ?? []
  expect(second[2]?.message).toBe('Failed to delete all resource types, 2 remaining: a, b')
  expect(second[3]).toEqual({
    type: 'NamespaceContentRemaining',
    status: 'True',
    lastTransitionTime: '2026-01-01T12:01:00Z',
    reason: 'SomeResourcesRemain',
    message: 'Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances',
  })
  expect(second[4]?.lastTransitionTime).toBe('2026-01-01T12:00:00Z')
})

test('while pods remain, totals are not known and not said', () => {
  const conditions = conditionsAfter([], report({ remaining: new Map([['pods.', 1]]), complete: false }), now)
  expect(conditions?.every(({ status }) => status === 'False')).toBe(true)
})
