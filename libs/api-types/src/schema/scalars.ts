import { canonicalQuantities, formatMicroTime, formatTime, Quantity } from '@kubets/apimachinery'
import type { Scalar } from './message.ts'
import { timeProblem } from './time-problem.ts'

/** What a JSON value is called in Go's decode errors. */
export function jsonTypeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  switch (typeof value) {
    case 'object':
      return 'object'
    case 'boolean':
      return 'bool'
    case 'number':
    case 'bigint':
      return 'number'
    default:
      return 'string'
  }
}

const maxInt32 = 2147483647
const minInt64 = -(2n ** 63n)
const maxInt64 = 2n ** 63n - 1n
const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/
const base64 = /^(?:[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*)$/

/** What is wrong with a value; `mismatch` carries how Go names what it found. */
export type ScalarProblem = { readonly mismatch: string } | { readonly message: string }

function integerProblem(value: unknown, int32: boolean): ScalarProblem | undefined {
  if (typeof value === 'number') {
    const fits = Number.isInteger(value) && (!int32 || (value <= maxInt32 && value >= -maxInt32 - 1))
    return fits ? undefined : { mismatch: `number ${value}` }
  }
  if (typeof value === 'bigint') {
    return !int32 && value >= minInt64 && value <= maxInt64 ? undefined : { mismatch: `number ${value}` }
  }
  return { mismatch: jsonTypeName(value) }
}

/** The last good one. */
let lastTime = ''

/** Checks one value that is not null. */
export function scalarProblem(scalar: Scalar, value: unknown): ScalarProblem | undefined {
  switch (scalar) {
    case 'string':
      return typeof value === 'string' ? undefined : { mismatch: jsonTypeName(value) }
    case 'bool':
      return typeof value === 'boolean' ? undefined : { mismatch: jsonTypeName(value) }
    case 'int32':
    case 'int64':
      return integerProblem(value, scalar === 'int32')
    case 'float64':
      return typeof value === 'number' || typeof value === 'bigint' ? undefined : { mismatch: jsonTypeName(value) }
    case 'bytes':
      if (typeof value !== 'string') return { mismatch: jsonTypeName(value) }
      return base64.test(value) && value.replace(/[\r\n]/g, '').length % 4 === 0 ? undefined : badBase64(value)
    case 'Quantity':
      return quantityProblem(value)
    case 'IntOrString':
      if (typeof value === 'string') return undefined
      return typeof value === 'number' ? integerProblem(value, true) : { mismatch: jsonTypeName(value) }
    case 'Time':
    case 'MicroTime':
      if (typeof value !== 'string') return { mismatch: jsonTypeName(value) }
      // one change mostly has one time, which stands in it several times
      if (value === lastTime) return undefined
      if (!rfc3339.test(value) || Number.isNaN(Date.parse(value))) return { message: timeProblem(value, scalar) }
      lastTime = value
      return undefined
    case 'Duration':
      return typeof value === 'string' ? undefined : { mismatch: jsonTypeName(value) }
    default:
      return undefined
  }
}

function badBase64(value: string): ScalarProblem {
  const at = value.search(/[^A-Za-z0-9+/=\r\n]/)
  return {
    message: `illegal base64 data at input byte ${at >= 0 ? at : Math.max(0, value.length - (value.length % 4))}`,
  }
}

function quantityProblem(value: unknown): ScalarProblem | undefined {
  try {
    // upstream reads any JSON text as a quantity: what is none has a wrong form, whatever its type
    Quantity.parse(
      typeof value === 'number' || typeof value === 'bigint' ? value : typeof value === 'string' ? value : '{}',
    )
    return undefined
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) }
  }
}

const canonicalQuantity = canonicalQuantities()

/** A quantity in canonical form; what is none stays as it is. */
export function quantityText(value: string | number | bigint): string {
  try {
    return canonicalQuantity(value)
  } catch {
    return String(value)
  }
}

/** A time in UTC with whole seconds; what is none stays as it is. */
export function canonicalTime(value: string): string {
  if (value.length === 20 && value.endsWith('Z')) return value
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? value : formatTime(ms)
}

/** A time in UTC with six decimals; what is none stays as it is. */
export function canonicalMicroTime(value: string): string {
  if (value.length === 27 && value.endsWith('Z')) return value
  const ms = Date.parse(value)
  if (Number.isNaN(ms)) return value
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? ''
  const micros = fraction.slice(3, 6).padEnd(3, '0')
  return `${formatMicroTime(ms).slice(0, 23)}${micros}Z`
}
