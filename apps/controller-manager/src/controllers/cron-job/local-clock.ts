/** What a clock on a wall says. */
export interface LocalTime {
  year: number
  /** From 1. */
  month: number
  day: number
  hour: number
  minute: number
  second: number
  /** Sunday is 0. */
  weekday: number
}

/** Reads a time zone's clock at a time in milliseconds. Throws RangeError for a zone that does not exist. */
export function localClock(timeZone: string): (at: number) => LocalTime {
  if (timeZone === 'UTC') return utc
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return at => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return { year, month, day, hour, minute, second, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() }
  }
}

function utc(at: number): LocalTime {
  const date = new Date(at)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
  }
}

/** RFC 3339 with the zone's offset: `2026-01-01T08:00:00-05:00`. */
export function formatLocal(at: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = localClock(timeZone)(at)
  const two = (number: number) => String(number).padStart(2, '0')
  const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`
  const offset = Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - at) / 60_000)
  if (offset === 0) return `${text}Z`
  const sign = offset < 0 ? '-' : '+'
  return `${text}${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`
}
