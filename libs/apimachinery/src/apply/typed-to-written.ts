import { type Json, type JsonObject, setOwn } from '../patch/own-property.ts'
import { isMap, type TypeView } from './type-view.ts'

/** An object as Go would write it: zero values that are written stand there, what is empty and left out does not. Shares nothing that it changes. */
export function typedToWritten(type: TypeView, value: unknown): unknown {
  if (Array.isArray(value)) {
    const item = type.list?.item
    return item === undefined ? value : value.map(inner => typedToWritten(item, inner))
  }
  if (!isMap(value)) {
    const canonical = type.scalar?.canonical
    return canonical === undefined || value === null || value === undefined ? value : canonical(value)
  }
  const { map } = type
  if (map === undefined) return value
  const out: JsonObject = {}
  for (const field of map.fields) {
    const present = field.typed(value[field.name])
    if (present !== undefined) setOwn(out, field.name, typedToWritten(field.type, present) as Json)
  }
  if (map.item === undefined) return out
  for (const key of Object.keys(value))
    if (map.field(key) === undefined) setOwn(out, key, typedToWritten(map.item, value[key]) as Json)
  return out
}
