import type { FieldType, Message } from './message.ts'

/** Removes, in place, fields that the schema does not have and nulls (which mean "not set"). */
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
    if (Array.isArray(value)) for (const item of value) stripType(item, type.item, message)
  } else for (const item of Object.values(value)) stripType(item, type.item, message)
}
