import { type FieldError, field, isPercent } from '@kubets/apimachinery'
import { notNegative } from './numbers.ts'

/** `5` or `50%`. */
export type IntOrPercent = number | string

/** A count that is not negative, or a percentage. */
export function validateIntOrPercent(value: IntOrPercent, path: string): FieldError[] {
  if (typeof value === 'number') return notNegative(value, path)
  return isPercent(value).map(message => field.invalid(path, value, message))
}

/** Counts may be any. */
export function notMoreThan100Percent(value: IntOrPercent, path: string): FieldError[] {
  if (percentOf(value) <= 100) return []
  return [field.invalid(path, value, 'must not be greater than 100%')]
}

/** The bare number of either form; 0 for a text that is none. */
export function bareNumber(value: IntOrPercent): number {
  if (typeof value === 'number') return value
  if (isPercent(value).length === 0) return Number.parseInt(value, 10)
  return /^[+-]?\d+$/.test(value) ? Number(value) : 0
}

const percentOf = (value: IntOrPercent): number =>
  typeof value === 'string' && isPercent(value).length === 0 ? Number.parseInt(value, 10) : 0
