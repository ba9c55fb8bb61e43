import type { CronJob } from '@kubets/api-types'
import type { Schedule } from './schedule.ts'

export interface Due {
  /** The last time that has passed and for which no Job was made; nothing when there is none. Milliseconds. */
  at?: number
  /** So many were missed that something must be wrong with a clock or a deadline. */
  tooMany: boolean
  /** Milliseconds until the next look. */
  wait?: number
}

/** As upstream: a moment later, so that the time has surely come. */
const later = 100
const manyMissed = 100

/** What a schedule asks for now. Pure. */
export function whatIsDue(cronJob: CronJob, schedule: Schedule, now: number): Due {
  const { at, missed } = lastMissed(cronJob, schedule, now, 'within the deadline')
  const wait = untilNext(cronJob, schedule, now)
  return {
    ...(at === undefined ? {} : { at }),
    tooMany: missed > manyMissed,
    ...(wait === undefined ? {} : { wait }),
  }
}

function lastMissed(
  { metadata, spec, status }: CronJob,
  schedule: Schedule,
  now: number,
  which: 'all' | 'within the deadline',
): { earliest: number; at?: number; missed: number } {
  let earliest = Date.parse(status?.lastScheduleTime ?? metadata?.creationTimestamp ?? '')
  const deadline = spec?.startingDeadlineSeconds
  if (which !== 'all' && deadline !== undefined) earliest = Math.max(earliest, now - deadline * 1_000)
  const first = schedule.next(earliest)
  if (first === undefined || now < first) return { earliest, missed: 0 }
  const second = schedule.next(first)
  if (second === undefined || now < second) return { earliest, at: first, missed: 0 }
  // not one by one: a schedule of every minute that was off for a year has half a million
  const pause = Math.max(1, Math.round((second - first) / 1_000))
  const missed = Math.floor(Math.floor((now - first) / 1_000) / pause) + 1
  let at: number | undefined
  const from = first + (missed - 2) * pause * 1_000
  for (let time = schedule.next(from); time !== undefined && time <= now; time = schedule.next(time)) at = time
  return at === undefined ? { earliest, missed } : { earliest, at, missed }
}

/** Milliseconds until the schedule's next time. Pure. */
export function untilNext(cronJob: CronJob, schedule: Schedule, now: number): number | undefined {
  const { earliest, at, missed } = lastMissed(cronJob, schedule, now, 'all')
  const next = schedule.next(at ?? (missed === 0 ? earliest : now))
  return next === undefined ? undefined : next + later - now
}
