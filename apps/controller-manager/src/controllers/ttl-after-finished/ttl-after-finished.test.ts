import type { Job } from '@kubets/api-types'
import { expect, test } from 'vitest'
import { expiresAt } from './index.ts'

const job = (ttlSecondsAfterFinished: number | undefined, conditions: object[]) =>
  ({ spec: { ttlSecondsAfterFinished }, status: { conditions } }) as unknown as Job
const ended = (type: string, status = 'True') => ({ type, status, lastTransitionTime: '2026-01-01T00:00:00Z' })

test.each([
  [10, [ended('Complete')], '2026-01-01T00:00:10.000Z'],
  [0, [ended('FailureTarget'), ended('Failed')], '2026-01-01T00:00:00.000Z'],
  [10, [ended('Complete', 'False')], undefined],
  [10, [], undefined],
  [undefined, [ended('Complete')], undefined],
])('with %s seconds and %j a Job expires at %s', (seconds, conditions, expected) => {
  const at = expiresAt(job(seconds, conditions))
  expect(at === undefined ? undefined : new Date(at).toISOString()).toBe(expected)
})
