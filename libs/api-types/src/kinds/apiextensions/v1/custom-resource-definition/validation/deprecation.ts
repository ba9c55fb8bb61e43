import { type FieldError, field } from '@kubets/apimachinery'
import type { Version } from '../../../types.ts'

/** The text that clients of a deprecated version are warned with. */
export function validateDeprecation({ deprecated, deprecationWarning: text }: Version, path: string): FieldError[] {
  if (typeof text !== 'string') return []
  return problems(text, deprecated === true).map(problem => field.invalid(`${path}.deprecationWarning`, text, problem))
}

function problems(text: string, deprecated: boolean): string[] {
  if (!deprecated) return ['can only be set for deprecated versions']
  const found: string[] = []
  if (Buffer.byteLength(text) > 256) found.push('must be <= 256 characters long')
  if (text === '') found.push('must not be an empty string')
  const odd = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(text)
  if (odd !== null) {
    const at = Buffer.byteLength(text.slice(0, odd.index))
    found.push(`must only contain printable UTF-8 characters; non-printable character found at index ${at}`)
  }
  return found
}
