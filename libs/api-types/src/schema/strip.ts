import type { FieldType, Message } from './message.ts'

/** Removes, in place, fields that the schema does not have and nulls (which mean "not set"). In lists and maps a null is a value: the zero of its type. */
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
    if (!Array.isArray(value)) return
    for (let i = 0; i < value.length; i++) {
      if (value[i] === null) value[i] = zero(type.item)
      else stripType(value[i], type.item, message)
    }
  } else {
    const map = value as Record<string, unknown>
    for (const key of Object.keys(map)) {
      if (map[key] === null) map[key] = zero(type.item)
      else stripType(map[key], type.item, message)
    }
  }
}

/** What Go makes of a null where it has to make something. Raw values and lists stay null. */
function zero(type: FieldType): unknown {
  if (type.of === 'message') return {}
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
    default:
      return null
  }
}
