import { type Json, type JsonObject, setOwn } from '../patch/own-property.ts'
import { type FieldSet, nodeOf } from './field-set.ts'
import { listElement } from './list-element.ts'
import { fieldElement } from './path-element.ts'
import { formOf, isMap, type ListView, type MapView, type TypeView } from './type-view.ts'

/** A value, as written, without the fields and items of a set. A list or map that loses its last member stays, empty. */
export function removeFields(type: TypeView, value: unknown, set: FieldSet): unknown {
  switch (formOf(type, value)) {
    case 'map':
      return isMap(value) ? removeMembers(type.map as MapView, value, set) : null
    case 'list':
      return Array.isArray(value) ? removeItems(type.list as ListView, value, set) : null
    default:
      return value
  }
}

function removeMembers(map: MapView, value: Record<string, unknown>, set: FieldSet): unknown {
  // something below it goes, and it is one value
  if (map.atomic) return null
  const out: JsonObject = {}
  let lost = false
  let left = false
  for (const key of Object.keys(value)) {
    const field = map.field(key)
    const node = set.length === 0 ? undefined : nodeOf(set, field?.element ?? fieldElement(key))
    if (node?.member) continue
    const inner = value[key]
    left = true
    if (node === undefined) setOwn(out, key, inner as Json)
    else {
      lost = true
      setOwn(out, key, removeBelow(field?.type ?? map.item ?? {}, inner, node.children) as Json)
    }
  }
  return left || lost ? out : null
}

function removeItems(list: ListView, items: readonly unknown[], set: FieldSet): unknown {
  if (list.atomic || items.length === 0) return null
  const out: unknown[] = []
  let lost = false
  for (const item of items) {
    const node = nodeOf(set, listElement(list, item, 'written'))
    if (node?.member) continue
    if (node === undefined) out.push(item)
    else {
      lost = true
      out.push(removeBelow(list.item, item, node.children))
    }
  }
  return out.length > 0 || lost ? out : null
}

function removeBelow(type: TypeView, value: unknown, set: FieldSet): unknown {
  const out = removeFields(type, value, set)
  if (out !== null) return out
  if (isMap(value)) return {}
  return Array.isArray(value) ? [] : null
}
