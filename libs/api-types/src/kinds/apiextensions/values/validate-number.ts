import type { JsonSchema } from '../json-schema.ts'
import { goNumber, isInteger } from './go-number.ts'
import { addError, invalidValue, newResult, type SchemaResult, wholeValue } from './schema-result.ts'

const float32Limit = 3.4028235677973366e38

/** Range of the format, then multiple, minimum and maximum, in upstream's order. */
export function validateNumber(schema: JsonSchema, value: number | bigint, place: string): SchemaResult {
  const result = newResult()
  const { multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema
  const inRange = (what: string, number: number | bigint) => {
    const wrong = outOfRange(schema, number)
    if (wrong !== undefined) addError(result, wholeValue(`${what} value must be of type ${wrong} in ${place}`))
    return wrong === undefined
  }
  inRange('Checked', value)
  // a bound of an integer is an integer, unless it is none
  const integer = isInteger(value)
  const bound = (what: string, number: number) => (inRange(what, number) && integer ? Math.trunc(number) : number)
  if (typeof multipleOf === 'number') {
    const factor = bound('MultipleOf', multipleOf)
    if (factor <= 0) {
      addError(result, {
        ...invalidValue(place, factor, ''),
        ...positive(place, factor),
      })
    } else if (!isMultiple(Number(value), factor)) {
      addError(result, invalidValue(place, value, `should be a multiple of ${goNumber(factor)}`))
    }
  }
  if (typeof minimum === 'number') {
    const low = bound('Minimum boundary', minimum)
    if (exclusiveMinimum ? value <= low : value < low) {
      const than = exclusiveMinimum ? 'greater than' : 'greater than or equal to'
      addError(result, invalidValue(place, value, `should be ${than} ${goNumber(low)}`))
    }
  }
  if (typeof maximum === 'number') {
    const high = bound('Maximum boundary', maximum)
    if (exclusiveMaximum ? value >= high : value > high) {
      const than = exclusiveMaximum ? 'less than' : 'less than or equal to'
      addError(result, invalidValue(place, value, `should be ${than} ${goNumber(high)}`))
    }
  }
  result.matches++
  return result
}

function positive(place: string, factor: number) {
  const message = `factor MultipleOf declared for ${place} must be positive: ${goNumber(factor)}`
  return { message, at: invalidAt(factor, message) }
}

const invalidAt = (value: number, message: string) => (path: string) => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${goNumber(value)}: ${message}`,
  field: path,
})

const isMultiple = (value: number, factor: number) => {
  const times = factor < 1 ? (1 / factor) * value : value / factor
  return Math.abs(times - Math.round(times)) < 1e-9
}

/** The type and format that a number does not fit into. */
function outOfRange({ type, format = '' }: JsonSchema, value: number | bigint): string | undefined {
  if (type === 'integer') {
    const [known, limit] = format === 'int32' ? ['int32', 2 ** 31] : [format === 'int64' ? 'int64' : '', 2 ** 63]
    if (isInteger(value) && value >= -limit && value < limit) return undefined
    return known === '' ? 'integer (default format)' : `integer with format ${known}`
  }
  if (type !== 'number' || format !== 'float' || Math.abs(Number(value)) < float32Limit) return undefined
  return 'number with format float'
}
