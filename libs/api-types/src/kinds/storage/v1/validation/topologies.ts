import { type FieldError, field, isQualifiedName } from '@kubets/apimachinery'
import type { StorageClass } from '../../types.ts'

type Term = NonNullable<StorageClass['allowedTopologies']>[number]
type Values = ReadonlyMap<string, ReadonlySet<string>>

/** Terms with valid, distinct keys and values; no term says what an earlier one says. */
export function validateAllowedTopologies(terms: readonly Term[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = []
  const earlier: Values[] = []
  terms?.forEach((term, index) => {
    const at = `${path}[${index}]`
    const values = validateTerm(term, at, errors)
    // upstream compares with as many empty terms as there are terms, so an empty one is always told to be double
    for (const other of [...terms.map(() => none), ...earlier]) {
      if (same(values, other)) errors.push(field.duplicate(`${at}.matchLabelExpressions`, ''))
    }
    earlier.push(values)
  })
  return errors
}

const none: Values = new Map()

function validateTerm({ matchLabelExpressions = [] }: Term, path: string, errors: FieldError[]): Values {
  const values = new Map<string, ReadonlySet<string>>()
  matchLabelExpressions.forEach(({ key = '', values: list }, index) => {
    const given = list ?? []
    const at = `${path}.matchLabelExpressions[${index}]`
    const seen = new Set<string>()
    if (given.length === 0) errors.push(field.required(`${at}.values`))
    given.forEach((value, position) => {
      if (seen.has(value)) errors.push(field.duplicate(`${at}.values[${position}]`, value))
      seen.add(value)
    })
    for (const message of isQualifiedName(key)) errors.push(field.invalid(`${at}.key`, key, message))
    if (values.has(key)) errors.push(field.duplicate(`${at}.key`, key))
    values.set(key, seen)
  })
  return values
}

function same(a: Values, b: Values): boolean {
  if (a.size !== b.size) return false
  for (const [key, values] of a) {
    const other = b.get(key)
    if (other === undefined || other.size !== values.size) return false
    for (const value of values) if (!other.has(value)) return false
  }
  return true
}
