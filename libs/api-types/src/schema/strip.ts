import type { FieldType, Message } from './message.ts'

/**
 * Removes, in place, fields that the schema does not have and nulls (which mean "not set"). A null among a list's items or a map's values
 * becomes what is empty of its type, as Go's decoder leaves it: nobody after this meets a null.
 */
export function strip(value: unknown, shape: Message, message: (name: string) => Message): void {
  if (typeof value !== 'object' || value === null) return
  const object = value as Record<string, unknown>
  for (const key of Object.keys(object)) {
    const inner = object[key]
    const field = shape.byName.get(key)
    const isKind = shape.hasKind && (key === 'kind' || key === 'apiVersion')
    if ((field === undefined && !isKind) || inner === null || inner === undefined) delete object[key]
    else if (field !== undefined) stripType(inner, field.type, message)
  }
}

function stripType(value: unknown, type: FieldType, message: (name: string) => Message): void {
  if (type.of === 'scalar' || typeof value !== 'object' || value === null) return
  if (type.of === 'message') strip(value, message(type.name), message)
  else if (type.of === 'choice') {
    for (const schema of Array.isArray(value) ? value : [value]) strip(schema, message(type.name), message)
  } else if (type.of === 'list') {
    if (Array.isArray(value)) stripMembers(value as unknown as Record<string, unknown>, type.item, message)
  } else stripMembers(value as Record<string, unknown>, type.item, message)
}

function stripMembers(members: Record<string, unknown>, type: FieldType, message: (name: string) => Message): void {
  for (const key of Object.keys(members)) {
    if (members[key] === null) members[key] = emptyOf(type)
    else stripType(members[key], type, message)
  }
}

/** Go's zero value. Lists, maps and raw values of their own accord are null. */
function emptyOf(type: FieldType): unknown {
  if (type.of === 'message' || type.of === 'choice') return {}
  if (type.of !== 'scalar') return null
  switch (type.scalar) {
    case 'string':
    case 'bytes':
      return ''
    case 'bool':
      return false
    case 'int32':
    case 'int64':
    case 'float64':
    case 'IntOrString':
      return 0
    case 'Quantity':
      return '0'
    case 'Duration':
      return '0s'
    default:
      return null
  }
}
