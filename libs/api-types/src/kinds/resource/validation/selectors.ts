import { type FieldError, field } from '@kubets/apimachinery'
import type { DeviceClass } from '../types.ts'
import { validateList } from './collections.ts'

type Selectors = DeviceClass['spec']['selectors']

const maxSelectors = 32
/** Bytes of an expression. */
const maxExpression = 10 * 1024

/** Selectors in CEL: their number and length. Expressions are not compiled here yet, so their types and costs are not judged. */
export function validateSelectors(selectors: Selectors, path: string): FieldError[] {
  return validateList(selectors, maxSelectors, path, ({ cel }, at) => {
    if (cel === undefined) return [field.required(`${at}.cel`)]
    const long = Buffer.byteLength(cel.expression ?? '') > maxExpression
    return long ? [field.tooLong(`${at}.cel.expression`, maxExpression)] : []
  })
}
