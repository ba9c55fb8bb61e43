import { append, type FieldError, field, isDns1035Label } from '@kubets/apimachinery'
import type { Names } from '../../../types.ts'

/** What a spec must name; a status need not. */
export const validateRequiredNames = (names: Names, path: string): FieldError[] =>
  (['plural', 'singular', 'kind', 'listKind'] as const)
    .filter(name => !names[name])
    .map(name => field.required(`${path}.${name}`))

/** Names as they are, of a spec or of a status. */
export function validateNames(names: Names, path: string): FieldError[] {
  const errors: FieldError[] = []
  for (const name of ['plural', 'singular'] as const) append(errors, label(names[name] ?? '', `${path}.${name}`))
  for (const name of ['kind', 'listKind'] as const) append(errors, mixedCase(names[name] ?? '', `${path}.${name}`))
  names.shortNames?.forEach((name, index) => {
    append(errors, label(name, `${path}.shortNames[${index}]`, true))
  })
  const { kind, listKind } = names
  if (kind && kind === listKind) {
    errors.push(field.invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same'))
  }
  names.categories?.forEach((name, index) => {
    append(errors, label(name, `${path}.categories[${index}]`, true))
  })
  return errors
}

function label(value: string, path: string, needed = false): FieldError[] {
  const wrong = value === '' && !needed ? [] : isDns1035Label(value)
  return wrong.length > 0 ? [field.invalid(path, value, wrong.join(','))] : []
}

function mixedCase(value: string, path: string): FieldError[] {
  const wrong = value === '' ? [] : isDns1035Label(value.toLowerCase())
  if (wrong.length === 0) return []
  return [field.invalid(path, value, `may have mixed case, but should otherwise match: ${wrong.join(',')}`)]
}
