import { type FieldError, field, isDns1123Label, isDns1123Subdomain, isQualifiedName } from '@kubets/apimachinery'
import { each } from '../../core/v1/pod/validation/checks.ts'
import { validateCsiDriverName } from '../../core/v1/volume/csi.ts'

const maxPool = 253
const maxIdentifier = 32
const identifierFormat = '[A-Za-z_][A-Za-z0-9_]*'
const identifier = new RegExp(`^${identifierFormat}$`)
const identifierText = `a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '${identifierFormat}')`

/** A name of attributes and capacities is at most this long. */
export const longestQualifiedName = 63 + 1 + maxIdentifier

export const validateLabel = (name: string | undefined, path: string): FieldError[] =>
  each(path, name ?? '', isDns1123Label(name ?? ''))

/** Subdomains with slashes between them. */
export function validatePoolName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [field.required(path)]
  const errors = Buffer.byteLength(name) > maxPool ? [field.tooLong(path, maxPool)] : []
  return errors.concat(name.split('/').flatMap(part => each(path, part, isDns1123Subdomain(part))))
}

function validateIdentifier(text: string, path: string): FieldError[] {
  const errors = Buffer.byteLength(text) > maxIdentifier ? [field.tooLong(path, maxIdentifier)] : []
  return identifier.test(text) ? errors : [...errors, field.invalid(path, text, identifierText)]
}

/** `name` or `example.com/name`. Upstream looks at no part of what has more slashes. */
export function validateQualifiedName(name: string, path: string): FieldError[] {
  const parts = name.split('/')
  const [first = '', second = ''] = parts
  if (parts.length === 1) return validateIdentifier(first, path)
  if (parts.length > 2) return []
  return [
    ...(first === '' ? [field.invalid(path, '', 'the domain must not be empty')] : validateCsiDriverName(first, path)),
    ...(second === '' ? [field.invalid(path, '', 'the name must not be empty')] : validateIdentifier(second, path)),
  ]
}

/** `example.com/name`. */
export function validateFullyQualifiedName(name: string, path: string): FieldError[] {
  const errors = validateQualifiedName(name, path)
  if (name.includes('/')) return errors
  return [
    ...errors,
    field.invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash'),
  ]
}

/** A key of labels. */
export const validateLabelKey = (key: string | undefined, path: string): FieldError[] =>
  each(path, key ?? '', isQualifiedName(key ?? ''))

const hex = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/

/** Why a text is no UUID in any of the forms that are read. */
function uuidError(text: string): string | undefined {
  const length = Buffer.byteLength(text)
  let inner = text
  if (length === 45) {
    if (!/^urn:uuid:/i.test(text)) return `invalid urn prefix: ${JSON.stringify(text.slice(0, 9))}`
    inner = text.slice(9)
  } else if (length === 38) {
    if (!text.startsWith('{') || !text.endsWith('}')) return 'invalid bracketed UUID format'
    inner = text.slice(1, -1)
  } else if (length === 32) return /^[0-9a-fA-F]{32}$/.test(text) ? undefined : 'invalid UUID format'
  else if (length !== 36) return `invalid UUID length: ${length}`
  return hex.test(inner) ? undefined : 'invalid UUID format'
}

/** A UUID with dashes and small letters. */
export function validateUid(uid: string, path: string): FieldError[] {
  const wrong = uuidError(uid)
  if (wrong !== undefined) return [field.invalid(path, uid, `error validating uid: ${wrong}`)]
  if (uid.length === 36 && uid === uid.toLowerCase()) return []
  const text =
    'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters'
  return [field.invalid(path, uid, text)]
}
