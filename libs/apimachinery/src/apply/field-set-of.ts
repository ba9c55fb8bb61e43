import { emptySet, type FieldNode, type FieldSet } from './field-set.ts'
import { indexItems, listElement } from './list-element.ts'
import { compareElements, compareUtf8, fieldElement, type PathElement } from './path-element.ts'
import { sortShort } from './sort-short.ts'
import { type Form, formOf, isMap, type ListView, type MapView, type TypeView } from './type-view.ts'

/**
 * Which fields of a value count:
 * `stated`: those an applied configuration owns: leaves, items of lists, members of maps;
 * `all`: also the structs on the way, as when a whole tree appears or goes.
 */
export type Extent = 'stated' | 'all'

/** The field set of an object. @throws TypeMismatch when list items cannot be told apart. */
export function fieldSetOf(type: TypeView, value: unknown, form: Form, extent: Extent = 'stated'): FieldSet {
  const out: FieldNode[] = []
  below(type, value, form, extent, out)
  return out
}

/** Adds what is below a value; says whether the value itself is a leaf. */
function below(type: TypeView, value: unknown, form: Form, extent: Extent, out: FieldNode[]): boolean {
  switch (formOf(type, value)) {
    case 'map': {
      const map = type.map as MapView
      if (map.atomic) return true
      if (!isMap(value)) return extent === 'all'
      mapMembers(map, value, form, extent, out)
      return extent === 'all' && out.length === 0
    }
    case 'list': {
      const list = type.list as ListView
      if (list.atomic) return true
      if (!Array.isArray(value)) return extent === 'all'
      if (value.length === 0) return extent === 'all'
      listItems(list, value, form, extent, out)
      return false
    }
    default:
      return true
  }
}

/** Appends a field and what is below it. `always`: it is a member whatever it is. */
export function addField(
  out: FieldNode[],
  element: PathElement,
  type: TypeView,
  value: unknown,
  form: Form,
  extent: Extent,
  always: boolean,
): void {
  const children: FieldNode[] = []
  const isLeaf = below(type, value, form, extent, children)
  const member = isLeaf || always || extent === 'all'
  if (member || children.length > 0)
    out.push({ element, member, children: children.length === 0 ? emptySet : children })
}

function mapMembers(map: MapView, value: Record<string, unknown>, form: Form, extent: Extent, out: FieldNode[]): void {
  if (form === 'typed' && map.item === undefined) {
    const { fields } = map
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as (typeof fields)[number]
      const written = value[field.name]
      if (written === undefined && field.optional) continue
      const present = field.typed(written)
      if (present === undefined) continue
      addField(out, field.element, field.type, present, form, extent, isEmptyMap(field.type, present, form))
    }
    return
  }
  const keys = sortShort(Object.keys(value), compareUtf8)
  for (const key of keys) {
    const field = map.field(key)
    const type = field?.type ?? map.item
    const inner = form === 'typed' && field !== undefined ? field.typed(value[key]) : value[key]
    if (type === undefined || inner === undefined) continue
    const always = field === undefined || isEmptyMap(type, inner, form)
    addField(out, field?.element ?? fieldElement(key), type, inner, form, extent, always)
  }
}

/** Null and maps without members are owned themselves, since nothing below them can be. */
function isEmptyMap(type: TypeView, value: unknown, form: Form): boolean {
  if (value === null) return true
  if (!isMap(value)) return false
  const map = type.map
  if (map !== undefined && form === 'typed') return !hasMembers(map, value, form)
  for (const key in value) if (Object.hasOwn(value, key)) return false
  return true
}

export function hasMembers(map: MapView, value: Record<string, unknown>, form: Form): boolean {
  if (form === 'typed' && map.fields.length > 0) {
    if (map.neverEmpty) return true
    for (const key in value) {
      const field = map.field(key)
      if (field === undefined ? map.item !== undefined : field.typed(value[key]) !== undefined) return true
    }
    return false
  }
  for (const key in value) if (Object.hasOwn(value, key)) return true
  return false
}

const byElement = (a: FieldNode, b: FieldNode) => compareElements(a.element, b.element)

function listItems(list: ListView, items: readonly unknown[], form: Form, extent: Extent, out: FieldNode[]): void {
  if (items.length === 1) {
    addField(out, listElement(list, items[0], form), list.item, items[0], form, extent, true)
    return
  }
  for (const { element, values } of indexItems(list, items, form).values()) {
    if (values.length > 1) out.push({ element, member: true, children: emptySet })
    else addField(out, element, list.item, values[0], form, extent, true)
  }
  sortShort(out, byElement)
}
