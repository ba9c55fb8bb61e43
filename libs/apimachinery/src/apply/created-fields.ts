import { walkField } from './compare.ts'
import type { FieldNode } from './field-set.ts'
import { addField } from './field-set-of.ts'
import { fieldsV1Contents } from './fields-v1.ts'
import { listElement } from './list-element.ts'
import { compareElements, compareUtf8, fieldElement, type PathElement, quotedText } from './path-element.ts'
import { type FieldView, isMap, type ListView, type MapView, type TypeView } from './type-view.ts'

/**
 * The canonical text of the fields that a creator has, without a set in between: what comparing with an empty object, stripping what is
 * the system's and encoding give, at a third of the cost. A creator's entry is what most writes make.
 */
export function createdFieldsText(type: TypeView, object: object, ignored: ReadonlySet<string>): string {
  const map = type.map as MapView
  let text = ''
  for (const field of map.fields) {
    const { name } = field
    if (name === 'apiVersion' || name === 'kind' || ignored.has(name)) continue
    const value = (object as Record<string, unknown>)[name]
    if (value === undefined && field.optional) continue
    text += name === 'metadata' ? grown(field, value, systemFields) : grown(field, value, nothing)
  }
  return `{${text.slice(1)}}`
}

const nothing: ReadonlySet<string> = new Set()
/** Of the metadata. */
const systemFields = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
])

/** Members of a value, each behind a comma; '' when it is a leaf. */
type Text = (value: Record<string, unknown>) => string

/** A field of the object beside the zero value that a new object begins with. */
function grown(field: FieldView, value: unknown, without: ReadonlySet<string>): string {
  const { element, type, typed } = field
  const old = typed(undefined)
  const now = typed(value)
  if (now === undefined) return ''
  if (old === undefined) return added(element, type, now)
  const { map, list } = type
  let below: string | undefined
  // what is always there is no news: only what is inside of it
  if (map !== undefined && isStruct(type) && isMap(old) && isMap(now)) below = grownMembers(map, without)(now)
  else if (list !== undefined && !list.atomic && old === null && Array.isArray(now) && now.length > 0)
    below = itemsText(list, now)
  if (below !== undefined) return below === '' ? '' : `,${quotedText(element)}{${below.slice(1)}}`
  const changed: FieldNode[] = []
  walkField(element, type, old, now, 'typed', changed, [])
  return behindComma(changed)
}

const isStruct = ({ map, scalar, list }: TypeView) =>
  map !== undefined && !map.atomic && map.item === undefined && scalar === undefined && list === undefined

const behindComma = (nodes: FieldNode[]): string => (nodes.length === 0 ? '' : `,${fieldsV1Contents(nodes)}`)

/** A field that was not there. */
function added(element: PathElement, type: TypeView, value: unknown): string {
  const below = addedMembers(type, value)
  if (below === undefined) {
    const nodes: FieldNode[] = []
    addField(nodes, element, type, value, 'typed', 'all', true)
    return behindComma(nodes)
  }
  return below === '' ? `,${quotedText(element)}{}` : `,${quotedText(element)}{".":{}${below}}`
}

/** Undefined: look at the value in the general way. */
function addedMembers(type: TypeView, value: unknown): string | undefined {
  const { map, list, scalar } = type
  if (scalar !== undefined) return map === undefined && list === undefined ? '' : undefined
  if (list !== undefined) {
    if (map !== undefined || !Array.isArray(value)) return undefined
    return list.atomic ? '' : itemsText(list, value)
  }
  if (map === undefined || !isMap(value)) return undefined
  if (map.atomic) return ''
  return map.item === undefined ? allMembers(map)(value) : entriesText(map, value)
}

function entriesText(map: MapView, value: Record<string, unknown>): string | undefined {
  if (map.fields.length > 0) return undefined
  const item = map.item as TypeView
  const keys = Object.keys(value)
  if (keys.length > 1) keys.sort(compareUtf8)
  let text = ''
  // labels and annotations, quantities, data: nothing is below
  const leaves = item.scalar !== undefined && item.map === undefined && item.list === undefined
  for (const key of keys) text += leaves ? leafOf(key) : added(fieldElement(key), item, value[key])
  return text
}

/** Entries of maps that are owned whole, by their key: most are those of labels that many objects have. At the bound the memory is emptied. */
const leaves = new Map<string, string>()
const maxLeaves = 2048
const maxKey = 256

function leafOf(key: string): string {
  let text = leaves.get(key)
  if (text !== undefined) return text
  text = `,${quotedText(fieldElement(key))}{}`
  if (key.length > maxKey) return text
  if (leaves.size >= maxLeaves) leaves.clear()
  leaves.set(key, text)
  return text
}

/** Undefined where items stand twice: those are owned as one. */
function itemsText(list: ListView, items: readonly unknown[]): string | undefined {
  if (items.length === 1) return added(listElement(list, items[0], 'typed'), list.item, items[0])
  const pairs = items.map(item => ({ element: listElement(list, item, 'typed'), item }))
  pairs.sort((a, b) => compareElements(a.element, b.element))
  let text = ''
  let last = ''
  for (const { element, item } of pairs) {
    if (element.text === last) return undefined
    last = element.text
    text += added(element, list.item, item)
  }
  return text
}

const whole = new WeakMap<MapView, Text>()
/** All fields of a struct that was not there. */
function allMembers(map: MapView): Text {
  let text = whole.get(map)
  if (text === undefined) {
    text = compile(map, field => {
      const leaf = field.type.scalar !== undefined && field.type.map === undefined && field.type.list === undefined
      if (leaf) {
        const constant = `,${quotedText(field.element)}{}`
        return () => constant
      }
      return value => added(field.element, field.type, value)
    })
    whole.set(map, text)
  }
  return text
}

const fromZero = new WeakMap<MapView, Map<ReadonlySet<string>, Text>>()
/** What a struct has beyond its zero value. */
function grownMembers(map: MapView, without: ReadonlySet<string>): Text {
  let made = fromZero.get(map)
  if (made === undefined) {
    made = new Map()
    fromZero.set(map, made)
  }
  let text = made.get(without)
  if (text === undefined) {
    text = compile(map, field => {
      if (without.has(field.name)) return undefined
      if (!field.optional) return undefinedIsZero(field)
      return value => added(field.element, field.type, value)
    })
    made.set(without, text)
  }
  return text
}

const undefinedIsZero = (field: FieldView) => (value: unknown) => grown(field, value, nothing)

type FieldText = (value: unknown) => string

/**
 * One function for a struct. Generated, so that each field is read in a place of its own: what most objects do not have costs next
 * to nothing. Names only ever enter as JSON texts.
 */
function compile(map: MapView, textOf: (field: FieldView) => FieldText | undefined): Text {
  const typed: FieldView['typed'][] = []
  const texts: FieldText[] = []
  const lines = ["let s='',v;"]
  for (const field of map.fields) {
    const text = textOf(field)
    if (text === undefined) continue
    const at = texts.push(text) - 1
    typed.push(field.typed)
    const read = `v=o[${JSON.stringify(field.name)}];`
    const write = `v=t[${at}](v);if(v!==undefined)s+=f[${at}](v);`
    lines.push(field.optional ? `${read}if(v!==undefined){${write}}` : read + write)
  }
  lines.push('return s')
  return new Function('t', 'f', `return function(o){${lines.join('\n')}}`)(typed, texts) as Text
}
