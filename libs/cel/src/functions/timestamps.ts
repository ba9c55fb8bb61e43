import { declare, type Library } from '../check/declarations.ts'
import { Duration, Failure, noSuchOverload, Timestamp, type Value } from '../evaluate/values.ts'
import { floorDivide } from './conversions.ts'

/** Reads RFC 3339, as Go does. */
export function parseTimestamp(text: string): Timestamp | Failure {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text)
  const layout = '"2006-01-02T15:04:05Z07:00"'
  const invalid = new Failure(
    `parsing time ${JSON.stringify(text)} as ${layout}: cannot parse ${JSON.stringify(text)} as "2006"`,
  )
  if (found === null) return invalid
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = found
  const days = [31, isLeap(Number(year)) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1]
  const outOfRange = (what: string) => new Failure(`parsing time ${JSON.stringify(text)}: ${what} out of range`)
  if (days === undefined) return outOfRange('month')
  if (Number(day) < 1 || Number(day) > days) return outOfRange('day')
  if (Number(hour) > 23) return outOfRange('hour')
  if (Number(minute) > 59) return outOfRange('minute')
  if (Number(second) > 59) return outOfRange('second')
  if (Number(offsetHours) > 24 || Number(offsetMinutes) > 60) return outOfRange('time zone offset')
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second))
  const offset = BigInt((Number(offsetHours) * 60 + Number(offsetMinutes)) * 60 * (sign === '-' ? 1 : -1))
  const seconds = BigInt(date.getTime() / 1000) + offset
  if (seconds < -62_135_596_800n || seconds > 253_402_300_799n) return new Failure('timestamp overflow')
  return new Timestamp(seconds * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0')))
}

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

export function displayTimestamp({ nanoseconds }: Timestamp): string {
  const date = dateOf(nanoseconds)
  const fraction = (((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)
    .toString()
    .padStart(9, '0')
    .replace(/0+$/, '')
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  return `${year}${date.toISOString().replace(/^[+-]?\d+(-\d\d-\d\dT\d\d:\d\d:\d\d).*$/, '$1')}${fraction === '' ? '' : `.${fraction}`}Z`
}

const dateOf = (nanoseconds: bigint) => new Date(Number(floorDivide(nanoseconds, 1_000_000n)))

/** The same instant's date as clocks of a zone show it: `-08:00`, `02:00`, `Europe/Berlin`. */
function inZone(timestamp: Timestamp, zone: string): Date | Failure {
  const date = dateOf(timestamp.nanoseconds)
  if (zone === 'UTC' || zone === '') return date
  const fixed = /^([+-])?(\d+):(\d+)$/.exec(zone)
  if (fixed) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3])
    return new Date(date.getTime() + (fixed[1] === '-' ? -minutes : minutes) * 60_000)
  }
  try {
    return wallClock(date, zone)
  } catch {
    return new Failure(`unknown time zone ${zone}`)
  }
}

function wallClock(date: Date, zone: string): Date {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(date)
  const part = (type: string) => Number(parts.find(each => each.type === type)?.value)
  const shown = new Date(0)
  shown.setUTCFullYear(part('year'), part('month') - 1, part('day'))
  shown.setUTCHours(part('hour'), part('minute'), part('second'), date.getUTCMilliseconds())
  return shown
}

const ofDate =
  (read: (date: Date) => number) =>
  (timestamp: Value, zone: Value = 'UTC'): Value | Failure => {
    if (!(timestamp instanceof Timestamp) || typeof zone !== 'string') return noSuchOverload
    const date = inZone(timestamp, zone)
    return date instanceof Failure ? date : BigInt(read(date))
  }

const ofEither = (read: (date: Date) => number, unit: bigint) => {
  const fromDate = ofDate(read)
  return (value: Value, zone?: Value): Value | Failure => {
    if (!(value instanceof Duration)) return fromDate(value, zone)
    return value.nanoseconds / unit
  }
}

const dayOfYear = (date: Date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000)

const getter = (name: string, id: string, read: (date: Date) => number) =>
  declare(
    name,
    { [`timestamp_to_${id}`]: 'timestamp.() -> int', [`timestamp_to_${id}_with_tz`]: 'timestamp.(string) -> int' },
    ofDate(read),
  )

const getterOfBoth = (name: string, id: string, read: (date: Date) => number, unit: bigint) =>
  declare(
    name,
    {
      [`timestamp_to_${id}`]: 'timestamp.() -> int',
      [`timestamp_to_${id}_with_tz`]: 'timestamp.(string) -> int',
      [`duration_to_${id}`]: 'duration.() -> int',
    },
    ofEither(read, unit),
  )

export const timestampFunctions: Library = {
  name: 'timestamps',
  functions: [
    getter('getFullYear', 'year', date => date.getUTCFullYear()),
    getter('getMonth', 'month', date => date.getUTCMonth()),
    getter('getDayOfYear', 'day_of_year', dayOfYear),
    getter('getDayOfMonth', 'day_of_month', date => date.getUTCDate() - 1),
    getter('getDate', 'day_of_month_1_based', date => date.getUTCDate()),
    getter('getDayOfWeek', 'day_of_week', date => date.getUTCDay()),
    getterOfBoth('getHours', 'hours', date => date.getUTCHours(), 3_600_000_000_000n),
    getterOfBoth('getMinutes', 'minutes', date => date.getUTCMinutes(), 60_000_000_000n),
    getterOfBoth('getSeconds', 'seconds', date => date.getUTCSeconds(), 1_000_000_000n),
    getterOfBoth('getMilliseconds', 'milliseconds', date => date.getUTCMilliseconds(), 1_000_000n),
  ],
}
