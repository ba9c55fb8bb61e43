import type { FieldError } from './errors.ts'

/** A JavaScript value as Go's `%q` or JSON shows it in an error. */
function shown(value: unknown): string {
  if (typeof value === 'string') return goQuote(value)
  if (typeof value === 'bigint') return value.toString()
  if (value === undefined) return 'null'
  const json = JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner))
  // Go's encoder writes what HTML has a use for as escapes
  return json.replace(/[<>&]/g, char => `\\u00${char.charCodeAt(0).toString(16)}`)
}

/** A text in double quotes as Go's `%q` writes it. */
export function goQuote(text: string): string {
  const json = JSON.stringify(text)
  // JSON's escapes of control characters begin with `\u00`; almost no text has any
  const quoted = json.includes('\\u00') ? goControls(text) : json
  return quoted.replace(/[\u007f-\u00a0\u00ad\u2028\u2029\ufeff]/g, char => {
    const code = char.charCodeAt(0)
    return code === 0x7f ? '\\x7f' : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

const goEscapes: Readonly<Record<string, string>> = { '\u0007': '\\a', '\u000b': '\\v' }

/** As JSON, but control characters that JSON has no letter for are hexadecimal bytes. */
function goControls(text: string): string {
  let out = ''
  for (const char of text) {
    const json = JSON.stringify(char).slice(1, -1)
    out += json.startsWith('\\u00') ? (goEscapes[char] ?? `\\x${json.slice(4)}`) : json
  }
  return `"${out}"`
}

const tail = (detail: string) => (detail === '' ? '' : `: ${detail}`)

/**
 * Field errors in upstream's wording. `path` is the field as users write it: `spec.containers[0].name`,
 * `metadata.labels[a/b]`.
 */
export const field = {
  required: (path: string, detail = ''): FieldError => ({
    reason: 'FieldValueRequired',
    message: `Required value${tail(detail)}`,
    field: path,
  }),
  invalid: (path: string, value: unknown, detail: string): FieldError => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${shown(value)}${tail(detail)}`,
    field: path,
  }),
  typeInvalid: (path: string, value: unknown, detail: string): FieldError => ({
    reason: 'FieldValueTypeInvalid',
    message: `Invalid value: ${shown(value)}${tail(detail)}`,
    field: path,
  }),
  notSupported: (path: string, value: unknown, supported: readonly string[]): FieldError => ({
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${shown(value)}${
      supported.length === 0 ? '' : `: supported values: ${supported.map(goQuote).join(', ')}`
    }`,
    field: path,
  }),
  forbidden: (path: string, detail: string): FieldError => ({
    reason: 'FieldValueForbidden',
    message: `Forbidden${tail(detail)}`,
    field: path,
  }),
  duplicate: (path: string, value: unknown): FieldError => ({
    reason: 'FieldValueDuplicate',
    message: `Duplicate value: ${shown(value)}`,
    field: path,
  }),
  notFound: (path: string, value: unknown): FieldError => ({
    reason: 'FieldValueNotFound',
    message: `Not found: ${shown(value)}`,
    field: path,
  }),
  tooLong: (path: string, maxBytes: number): FieldError => ({
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`,
    field: path,
  }),
  tooMany: (path: string, count: number, maxItems: number): FieldError => ({
    reason: 'FieldValueTooMany',
    message: `Too many: ${count}: must have at most ${maxItems} ${maxItems === 1 ? 'item' : 'items'}`,
    field: path,
  }),
  internal: (path: string, detail: string): FieldError => ({
    reason: 'InternalError',
    message: `Internal error${tail(detail)}`,
    field: path,
  }),
} as const
