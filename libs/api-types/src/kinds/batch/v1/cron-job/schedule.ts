import { goQuote } from '@kubets/apimachinery'
import { durationProblem } from './duration-problem.ts'
import { zoneProblem } from './time-zone.ts'

/** A schedule that cannot be understood; the message is upstream's. */
class ScheduleError extends Error {}

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** Minute, hour, day of the month, month, day of the week. */
const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
]

const descriptors = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'])
const every = '@every '

/** What is wrong with a standard cron text, a descriptor (`@daily`) or `@every 1h30m`; undefined when nothing is. */
export function scheduleProblem(schedule: string): string | undefined {
  try {
    checkSchedule(schedule)
    return undefined
  } catch (error) {
    if (error instanceof ScheduleError) return error.message
    throw error
  }
}

function checkSchedule(given: string): void {
  if (given === '') throw new ScheduleError('empty spec string')
  const schedule = withoutZone(given)
  if (schedule.startsWith('@')) checkDescriptor(schedule)
  else checkFields(schedule)
}

function checkFields(schedule: string): void {
  const parts = schedule.trim() === '' ? [] : schedule.trim().split(/\s+/)
  if (parts.length !== fields.length) {
    throw new ScheduleError(`expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`)
  }
  for (const [index, bounds] of fields.entries()) {
    for (const range of (parts[index] ?? '').split(',')) if (range !== '') checkRange(range, bounds)
  }
}

/** `TZ=…` before a schedule is understood here, and refused elsewhere. */
function withoutZone(schedule: string): string {
  if (!schedule.startsWith('TZ=') && !schedule.startsWith('CRON_TZ=')) return schedule
  const blank = schedule.indexOf(' ')
  if (blank < 0) {
    throw new ScheduleError('invalid schedule format: runtime error: slice bounds out of range [:-1]')
  }
  const zone = schedule.slice(schedule.indexOf('=') + 1, blank)
  const problem = zoneProblem(zone)
  if (problem !== undefined) throw new ScheduleError(`provided bad location ${zone}: ${problem}`)
  return schedule.slice(blank).trim()
}

function checkDescriptor(text: string): void {
  if (descriptors.has(text)) return
  if (!text.startsWith(every)) throw new ScheduleError(`unrecognized descriptor: ${text}`)
  const duration = text.slice(every.length)
  const problem = durationProblem(duration)
  if (problem !== undefined) throw new ScheduleError(`failed to parse duration ${duration}: ${problem}`)
}

/** `*`, `5`, `mon-fri`, each with `/step`. */
function checkRange(text: string, { min, max, names }: Bounds): void {
  const [range = '', stepText, ...moreSteps] = text.split('/')
  const [low = '', high, ...moreLimits] = range.split('-')
  let [start, end] = [min, max]
  if (low !== '*' && low !== '?') {
    start = numberOf(low, names, min)
    if (moreLimits.length > 0) throw new ScheduleError(`too many hyphens: ${text}`)
    end = high === undefined ? start : numberOf(high, names, min)
  }
  let step = 1
  if (moreSteps.length > 0) throw new ScheduleError(`too many slashes: ${text}`)
  if (stepText !== undefined) {
    step = integer(stepText)
    // `5/10` is `5-59/10`.
    if (high === undefined) end = max
  }
  if (start < min) throw new ScheduleError(`beginning of range (${start}) below minimum (${min}): ${text}`)
  if (end > max) throw new ScheduleError(`end of range (${end}) above maximum (${max}): ${text}`)
  if (start > end) throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`)
  if (step === 0) throw new ScheduleError(`step of range should be a positive number: ${text}`)
}

function numberOf(text: string, names: readonly string[] | undefined, first: number): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1
  return index < 0 ? integer(text) : index + first
}

function integer(text: string): number {
  const problem = /^[+-]?\d+$/.test(text)
    ? Number.isSafeInteger(Number(text))
      ? ''
      : 'value out of range'
    : 'invalid syntax'
  if (problem !== '') {
    throw new ScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: ${problem}`)
  }
  const number = Number(text)
  if (number < 0) throw new ScheduleError(`negative number (${number}) not allowed: ${text}`)
  return number
}
