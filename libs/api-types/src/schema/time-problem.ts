import { goQuote } from '@kubets/apimachinery'

/** How Go is told to read a time. */
const layouts = { Time: '2006-01-02T15:04:05Z07:00', MicroTime: '2006-01-02T15:04:05.000000Z07:00' } as const

/** Parts of the layout in order: what stands for them, what is read, and its bounds. */
interface Part {
  readonly element: string
  readonly pattern: RegExp
  readonly name?: string
  readonly from?: number
  readonly to?: number
}

const micros: Part = { element: '.000000', pattern: /^\.\d{6}/ }
const date: readonly Part[] = [
  { element: '2006', pattern: /^\d{4}/ },
  { element: '-', pattern: /^-/ },
  { element: '01', pattern: /^\d{2}/, name: 'month', from: 1, to: 12 },
  { element: '-', pattern: /^-/ },
  { element: '02', pattern: /^\d{2}/, name: 'day', from: 1, to: 31 },
  { element: 'T', pattern: /^T/ },
  { element: '15', pattern: /^\d{2}/, name: 'hour', from: 0, to: 23 },
  { element: ':', pattern: /^:/ },
  { element: '04', pattern: /^\d{2}/, name: 'minute', from: 0, to: 59 },
  { element: ':', pattern: /^:/ },
  // a fraction may follow the seconds, whatever the layout says
  { element: '05', pattern: /^\d{2}/, name: 'second', from: 0, to: 59 },
]
const zone: Part = { element: 'Z07:00', pattern: /^(?:Z|[+-]\d{2}:\d{2})/ }

/** What Go's `time.Parse` says of a text that is no time of this layout. */
export function timeProblem(value: string, scalar: keyof typeof layouts): string {
  const text = goQuote(value)
  let rest = value
  const parts = scalar === 'MicroTime' ? [...date, micros, zone] : [...date, zone]
  for (const part of parts) {
    const found = part.pattern.exec(rest)?.[0]
    if (found === undefined)
      return `parsing time ${text} as "${layouts[scalar]}": cannot parse ${goQuote(rest)} as "${part.element}"`
    rest = rest.slice(found.length)
    if (part.name !== undefined && (Number(found) < (part.from ?? 0) || Number(found) > (part.to ?? 0)))
      return `parsing time ${text}: ${part.name} out of range`
    if (part.element === '05' && scalar === 'Time') rest = rest.replace(/^[.,]\d+/, '')
  }
  if (rest !== '') return `parsing time ${text}: extra text: ${goQuote(rest)}`
  // all its parts are in bounds, so there is no such day in that month
  return `parsing time ${text}: day out of range`
}
