import type { CronJob } from '@kubets/api-types'
import { describe, expect, test } from 'vitest'
import { untilNext, whatIsDue } from './due.ts'
import { formatLocal } from './local-clock.ts'
import { jobOf } from './reconcile.ts'
import { parseSchedule } from './schedule.ts'

const at = (text: string) => Date.parse(text)
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16))

describe('the next time of', () => {
  test.each([
    ['* * * * *', '2026-01-01T00:00:30Z', '2026-01-01T00:01'],
    ['*/15 * * * *', '2026-01-01T00:15:00Z', '2026-01-01T00:30'],
    ['5/20 * * * *', '2026-01-01T00:26:00Z', '2026-01-01T00:45'],
    ['0 9-17 * * mon-fri', '2026-01-02T17:30:00Z', '2026-01-05T09:00'],
    ['0 0 29 feb *', '2026-01-01T00:00:00Z', '2028-02-29T00:00'],
    // the day of the month or the day of the week
    ['0 0 13 * 5', '2026-01-01T00:00:00Z', '2026-01-02T00:00'],
    ['0 0 13 * *', '2026-01-01T00:00:00Z', '2026-01-13T00:00'],
    ['@monthly', '2026-01-31T23:59:00Z', '2026-02-01T00:00'],
    ['@every 90s', '2026-01-01T00:00:00Z', '2026-01-01T00:01'],
    ['0 0 30 2 *', '2026-01-01T00:00:00Z', undefined],
  ])('%s after %s is %s', (schedule, from, next) => {
    expect(iso(parseSchedule(schedule, undefined).next(at(from)))).toBe(next)
  })

  test.each([
    ['0 8 * * *', '2026-01-01T00:00:00Z', '2026-01-01T13:00'],
    // the night in which clocks go forward has no 02:30
    ['30 2 * * *', '2026-03-08T05:30:00Z', '2026-03-09T06:30'],
    ['0 0 * * *', '2026-03-08T05:30:00Z', '2026-03-09T04:00'],
    ['0 0 * * *', '2026-11-01T04:30:00Z', '2026-11-02T05:00'],
  ])('%s in New York after %s is %s', (schedule, from, next) => {
    expect(iso(parseSchedule(schedule, 'America/New_York').next(at(from)))).toBe(next)
    expect(iso(parseSchedule(`TZ=America/New_York ${schedule}`, undefined).next(at(from)))).toBe(next)
  })
})

const cronJob = (spec: object, status: object = {}) =>
  ({
    metadata: { name: 'c', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { schedule: '0 * * * *', ...spec },
    status,
  }) as unknown as CronJob
const hourly = parseSchedule('0 * * * *', undefined)

test.each([
  ['nothing before the first time', {}, {}, '2026-01-01T00:30:00Z', undefined, false],
  ['the first time', {}, {}, '2026-01-01T01:30:00Z', '2026-01-01T01:00', false],
  ['the last of those that were missed', {}, {}, '2026-01-01T05:30:00Z', '2026-01-01T05:00', false],
  [
    'what came after the last one that was made',
    {},
    { lastScheduleTime: '2026-01-01T05:00:00Z' },
    '2026-01-01T05:30:00Z',
    undefined,
    false,
  ],
  ['a long pause, which is told', {}, {}, '2026-02-01T00:30:00Z', '2026-02-01T00:00', true],
  ['what the deadline leaves', { startingDeadlineSeconds: 60 }, {}, '2026-01-01T05:30:00Z', undefined, false],
])('due is %s', (_, spec, status, now, due, tooMany) => {
  const found = whatIsDue(cronJob(spec, status), hourly, at(now))
  expect([iso(found.at), found.tooMany]).toEqual([due, tooMany])
})

test('the next look is a moment after the next time', () => {
  expect(untilNext(cronJob({}), hourly, at('2026-01-01T00:30:00Z'))).toBe(30 * 60_000 + 100)
  expect(untilNext(cronJob({}), hourly, at('2026-01-01T05:30:00Z'))).toBe(30 * 60_000 + 100)
})

test("a Job's name follows from its time, and it says that time in the zone", () => {
  const job = jobOf(cronJob({ timeZone: 'America/New_York' }), at('2026-01-01T13:00:00Z'))
  expect(job.metadata?.name).toBe(`c-${at('2026-01-01T13:00:00Z') / 60_000}`)
  expect(job.metadata?.annotations).toEqual({
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T08:00:00-05:00',
  })
  expect(formatLocal(at('2026-01-01T13:00:00Z'), 'UTC')).toBe('2026-01-01T13:00:00Z')
})
