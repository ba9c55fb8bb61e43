import { Duration, Failure } from '../evaluate/values.ts'

const units = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])
const limit = 2n ** 63n

/** Reads Go's `1h30m5.5s`. */
export function parseDuration(text: string): Duration | Failure {
  const invalid = new Failure(`time: invalid duration ${quote(text)}`)
  const signed = /^([+-])?(.*)$/s.exec(text) as RegExpExecArray
  const negative = signed[1] === '-'
  let rest = signed[2] as string
  if (rest === '0') return new Duration(0n)
  if (rest === '') return invalid
  let total = 0n
  while (rest !== '') {
    const number = /^(\d*)(?:\.(\d*))?/.exec(rest) as RegExpExecArray
    const [whole, fraction = ''] = [number[1] as string, number[2]]
    if (whole === '' && fraction === '') return invalid
    rest = rest.slice(number[0].length)
    const unit = (/^[^\d.]+/.exec(rest) as RegExpExecArray | null)?.[0]
    if (unit === undefined) return new Failure(`time: missing unit in duration ${quote(text)}`)
    const scale = units.get(unit)
    if (scale === undefined) return new Failure(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`)
    rest = rest.slice(unit.length)
    total += BigInt(whole || '0') * scale
    if (fraction !== '') total += (BigInt(fraction.slice(0, 18)) * scale) / 10n ** BigInt(Math.min(fraction.length, 18))
    if (total > limit) return invalid
  }
  if (!negative && total >= limit) return invalid
  return new Duration(negative ? -total : total)
}

const quote = (text: string) => JSON.stringify(text)

/** `5430.5s`: seconds, with as many digits as are needed. */
export function displayDuration({ nanoseconds }: Duration): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const fraction = (size % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '')
  return `${nanoseconds < 0n ? '-' : ''}${size / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}s`
}
