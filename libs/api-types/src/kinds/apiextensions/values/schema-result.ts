import { type FieldError, field } from '@kubets/apimachinery'

/** One thing that is wrong with a value. `place` is its path inside of the value; undefined for what is said of the value as a whole. */
export interface SchemaError {
  readonly message: string
  readonly place: string | undefined
  /** The error at the field's path. */
  readonly at: (path: string) => FieldError
}

/** Upstream counts the checks that passed: of several alternatives it tells of the one that came closest. */
export interface SchemaResult {
  readonly errors: SchemaError[]
  matches: number
}

export const newResult = (): SchemaResult => ({ errors: [], matches: 0 })

/** The same message is told once. */
export function addError(result: SchemaResult, error: SchemaError): void {
  if (!result.errors.some(({ message }) => message === error.message)) result.errors.push(error)
}

export function merge(result: SchemaResult, other: SchemaResult): void {
  for (const error of other.errors) addError(result, error)
  result.matches += other.matches
}

/** Something about a value at a place: told as `message`, shown with `value`. */
export function invalidValue(place: string, value: unknown, rest: string): SchemaError {
  const message = `${place} in body ${rest}`
  return { message, place, at: path => field.invalid(path, value ?? '', message) }
}

/** Something about the whole. */
export const wholeValue = (message: string): SchemaError => ({
  message,
  place: undefined,
  at: path => field.invalid(path, '', message),
})
