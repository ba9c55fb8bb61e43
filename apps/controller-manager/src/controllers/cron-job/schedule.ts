import { parseDuration } from '@kubets/component'
import { type LocalTime, localClock } from './local-clock.ts'

/** When a CronJob is due. Times in milliseconds. */
export interface Schedule {
  /** The first time after `from`; nothing within five years. */
  next(from: number): number | undefined
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** February 29th comes after eight years at most, but nobody means that; as the library that upstream uses. */
const horizon = 5 * 366 * day

const descriptors: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** The api-server lets only understandable schedules in. Throws for others. */
export function parseSchedule(text: string, timeZone: string | undefined): Schedule {
  const zoned = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/s.exec(text)
  const zone = zoned === null ? timeZone : zoned[1]
  const spec = (zoned === null ? text : (zoned[2] ?? '')).trim()
  if (spec.startsWith('@every ')) {
    const ms = parseDuration(spec.slice('@every '.length))
    if (ms === undefined) throw new Error(`failed to parse duration ${spec}`)
    const pause = Math.max(1_000, Math.floor(ms / 1_000) * 1_000)
    return { next: from => Math.floor(from / 1_000) * 1_000 + pause }
  }
  const parts = (descriptors[spec] ?? spec).split(/\s+/)
  if (parts.length !== 5) throw new Error(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`)
  const [minutes, hours, daysOfMonth, monthsOfYear, daysOfWeek] = [
    field(parts[0] ?? '', 0, 59),
    field(parts[1] ?? '', 0, 23),
    field(parts[2] ?? '', 1, 31),
    field(parts[3] ?? '', 1, 12, months),
    field(parts[4] ?? '', 0, 6, days),
  ]
  const dayFits = (time: LocalTime) => {
    const [ofMonth, ofWeek] = [daysOfMonth.values.has(time.day), daysOfWeek.values.has(time.weekday)]
    // both given: either will do
    return daysOfMonth.any || daysOfWeek.any ? ofMonth && ofWeek : ofMonth || ofWeek
  }
  const clock = localClock(zone || 'UTC')
  return {
    next(from) {
      let at = (Math.floor(from / minute) + 1) * minute
      const until = from + horizon
      while (at <= until) {
        const time = clock(at)
        if (!monthsOfYear.values.has(time.month) || !dayFits(time)) at = nextMidnight(clock, at, time)
        else if (!hours.values.has(time.hour)) at += hour - time.minute * minute
        else if (!minutes.values.has(time.minute)) at += minute
        else return at
      }
      return undefined
    },
  }
}

/** The beginning of the next day, which need not be 24 hours after the last one. */
function nextMidnight(clock: (at: number) => LocalTime, at: number, time: LocalTime): number {
  let next = at + day - (time.hour * hour + time.minute * minute)
  const landed = clock(next)
  if (landed.hour > 12) next += (24 - landed.hour) * hour - landed.minute * minute
  else if (landed.hour > 0 && clock(next - landed.hour * hour).day === landed.day) next -= landed.hour * hour
  return Math.max(next, at + minute)
}

interface Field {
  values: ReadonlySet<number>
  /** `*`: the field says nothing. */
  any: boolean
}

function field(text: string, min: number, max: number, names: readonly string[] = []): Field {
  const values = new Set<number>()
  let any = false
  for (const part of text.split(',')) {
    if (part === '') continue
    const [range = '', step] = part.split('/')
    const [low = '', high] = range.split('-')
    const star = low === '*' || low === '?'
    const first = star ? min : value(low, min, names)
    const last = star ? max : high === undefined ? (step === undefined ? first : max) : value(high, min, names)
    const by = step === undefined ? 1 : Number(step)
    if (!(first >= min && last <= max && first <= last && by > 0)) throw new Error(`invalid range: ${part}`)
    if (star && by === 1) any = true
    for (let i = first; i <= last; i += by) values.add(i)
  }
  return { values, any }
}

function value(text: string, min: number, names: readonly string[]): number {
  const at = names.indexOf(text.toLowerCase())
  if (at !== -1) return at + min
  if (!/^\d+$/.test(text)) throw new Error(`failed to parse int from ${text}`)
  return Number(text)
}
