import { type FieldError, field, isQualifiedName } from '@kubets/apimachinery'

const maxParameters = 512
/** Bytes of keys and values together. */
const maxSize = 256 * 1024

/** What a provisioner is told: opaque texts, bounded in number and size. */
export function validateParameters(
  parameters: Readonly<Record<string, string>> | undefined,
  path: string,
  when: 'may be empty' | 'must not be empty',
): FieldError[] {
  const pairs = Object.entries(parameters ?? {})
  if (pairs.length > maxParameters) return [field.tooLong(path, maxParameters)]
  const errors: FieldError[] = []
  let size = 0
  for (const [key, value] of pairs) {
    if (key === '') errors.push(field.invalid(path, key, 'field can not be empty.'))
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (size > maxSize) errors.push(field.tooLong(path, maxSize))
  if (when === 'must not be empty' && pairs.length === 0) {
    errors.push(field.required(path, 'must contain at least one key/value pair'))
  }
  return errors
}

/** Who makes the volumes: a qualified name in any case. */
export function validateProvisioner(provisioner: string | undefined, path: string): FieldError[] {
  if (!provisioner) return [field.required(path)]
  const name = provisioner.toLowerCase()
  return isQualifiedName(name).map(message => field.invalid(path, name, message))
}
