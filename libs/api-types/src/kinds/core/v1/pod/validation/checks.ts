import { append, type FieldError, field } from '@kubets/apimachinery'

/** Required, and one of these. */
export function requiredEnum(path: string, value: string | undefined, allowed: readonly string[]): FieldError[] {
  if (!value) return [field.required(path)]
  return allowed.includes(value) ? [] : [field.notSupported(path, value, allowed)]
}

/** Set, and not empty. */
export const required = (path: string, value: string | undefined): FieldError[] => (value ? [] : [field.required(path)])

/** Unset, or one of these: an empty text counts as a value, since these fields are pointers. */
export function pointerEnum(path: string, value: string | undefined | null, allowed: readonly string[]): FieldError[] {
  return value === undefined || value === null || allowed.includes(value)
    ? []
    : [field.notSupported(path, value, allowed)]
}

/** Unset, or one of these. */
export function optionalEnum(path: string, value: string | undefined, allowed: readonly string[]): FieldError[] {
  return value === undefined || value === '' || allowed.includes(value)
    ? []
    : [field.notSupported(path, value, allowed)]
}

/** Sentences about a value as field errors. */
export const each = (path: string, value: unknown, messages: readonly string[]): FieldError[] =>
  messages.length === 0 ? [] : messages.map(message => field.invalid(path, value, message))

export const notNegative = (path: string, value: number | undefined): FieldError[] =>
  value !== undefined && value < 0 ? [field.invalid(path, value, 'must be greater than or equal to 0')] : []

const bracketed = Array.from({ length: 32 }, (_, index) => `[${index}]`)

/** Path of a list's item: made for each one, though hardly any is wrong. */
export const itemPath = (path: string, index: number): string => path + (bracketed[index] ?? `[${index}]`)

/** Errors of a list's items, each with its path. */
export function items<T>(
  list: readonly T[] | undefined,
  path: string,
  check: (item: T, at: string, index: number) => FieldError[],
): FieldError[] {
  const errors: FieldError[] = []
  if (list === undefined || list === null) return errors
  for (let index = 0; index < list.length; index++) {
    const found = check(list[index] as T, itemPath(path, index), index)
    if (found.length > 0) append(errors, found)
  }
  return errors
}

/** A path below something else: not absolute, no way up. */
export function localPath(path: string, value: string): FieldError[] {
  const errors = noBacksteps(path, value)
  if (value.startsWith('/')) errors.unshift(field.invalid(path, value, 'must be a relative path'))
  return errors
}

export function noBacksteps(path: string, value: string): FieldError[] {
  // hardly any path has them, and to split each costs more than to look
  return value.includes('..') && value.split('/').includes('..')
    ? [field.invalid(path, value, "must not contain '..'")]
    : []
}

/** A file below a volume: as above, and not beginning with `..`. */
export function localFile(path: string, value: string): FieldError[] {
  const errors = localPath(path, value)
  if (value.startsWith('..') && !value.startsWith('../')) {
    errors.push(field.invalid(path, value, "must not start with '..'"))
  }
  return errors
}

const modeText = 'must be a number between 0 and 0777 (octal), both inclusive'

export const fileMode = (path: string, value: number | undefined): FieldError[] =>
  value !== undefined && (value < 0 || value > 0o777) ? [field.invalid(path, value, modeText)] : []
