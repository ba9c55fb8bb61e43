import type { FieldNode } from './field-set.ts'
import { addField } from './field-set-of.ts'
import { fieldsV1Contents } from './fields-v1.ts'
import { listElement } from './list-element.ts'
import { compareElements, compareUtf8, fieldElement, type PathElement, quotedText } from './path-element.ts'
import { sortShort } from './sort-short.ts'
import { type FieldView, isMap, type ListView, type MapView, type TypeView } from './type-view.ts'

/** What is new in an object as FieldsV1 writes it, without a set in between. By the type, which is looked at once. */

/** Members of a struct: each behind a comma where they follow its own `.`, between commas where they do not. '': there are none. */
export type Text = (value: Record<string, unknown>) => string

export const isLeaf = ({ map, scalar, list }: TypeView) =>
  scalar !== undefined && map === undefined && list === undefined

const alone = '{}'
const itself = '{".":{}'

/** Writes a field that was not there, with the comma in front. What depends on its type only is decided once. */
export function addedText(element: PathElement, type: TypeView): FieldText {
  const key = `,${quotedText(element)}`
  const leaf = key + alone
  if (isLeaf(type)) return () => leaf
  const members = membersText(type)
  return value => {
    const below = members(value)
    if (below !== undefined) return below === '' ? leaf : `${key}${itself}${below}}`
    const nodes: FieldNode[] = []
    addField(nodes, element, type, value, 'typed', 'all', true)
    return nodes.length === 0 ? '' : `,${fieldsV1Contents(nodes)}`
  }
}

const membersOf = new WeakMap<TypeView, (value: unknown) => string | undefined>()
/** What is below a value that was not there. Undefined: look at it in the general way. */
export function membersText(type: TypeView): (value: unknown) => string | undefined {
  let text = membersOf.get(type)
  if (text === undefined) {
    text = makeMembersText(type)
    membersOf.set(type, text)
  }
  return text
}

function makeMembersText(type: TypeView): (value: unknown) => string | undefined {
  const { map, list, scalar } = type
  if (scalar !== undefined) return isLeaf(type) ? () => '' : () => undefined
  if (list !== undefined) {
    if (map !== undefined) return () => undefined
    if (list.atomic) return value => (Array.isArray(value) ? '' : undefined)
    return value => (Array.isArray(value) ? itemsText(list, value) : undefined)
  }
  if (map === undefined) return () => undefined
  if (map.atomic) return value => (isMap(value) ? '' : undefined)
  if (map.item !== undefined) return value => (isMap(value) ? entriesText(map, value) : undefined)
  let members: Text | undefined
  return value => {
    if (!isMap(value)) return undefined
    // not before it is needed: messages contain themselves
    members ??= allMembers(map)
    return members(value)
  }
}

function entriesText(map: MapView, value: Record<string, unknown>): string | undefined {
  if (map.fields.length > 0) return undefined
  const item = map.item as TypeView
  const keys = sortShort(Object.keys(value), compareUtf8)
  let text = ''
  // labels and annotations, quantities, data: nothing is below
  const leaves = isLeaf(item)
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    text += leaves ? leafOf(key) : addedText(fieldElement(key), item)(value[key])
  }
  return text
}

/** Entries of maps that are owned whole, by their key: most are those of labels that many objects have. At the bound the memory is emptied. */
const leaves = new Map<string, string>()
const maxLeaves = 2048
const maxKey = 256

function leafOf(key: string): string {
  let text = leaves.get(key)
  if (text !== undefined) return text
  text = `,${quotedText(fieldElement(key))}${alone}`
  if (key.length > maxKey) return text
  if (leaves.size >= maxLeaves) leaves.clear()
  leaves.set(key, text)
  return text
}

/** Undefined where items stand twice: those are owned as one. `first`: what stands in front of the first. */
export function itemsText(list: ListView, items: readonly unknown[], first = ','): string | undefined {
  const members = membersText(list.item)
  if (items.length === 1) return itemText(listElement(list, items[0], 'typed'), list.item, members, items[0], first)
  const elements: PathElement[] = []
  let sorted = true
  for (let i = 0; i < items.length; i++) {
    const element = listElement(list, items[i], 'typed')
    if (i > 0 && sorted) {
      const order = compareElements(elements[i - 1] as PathElement, element)
      if (order === 0) return undefined
      sorted = order < 0
    }
    elements.push(element)
  }
  let text = ''
  if (sorted) {
    for (let i = 0; i < items.length; i++)
      text += itemText(elements[i] as PathElement, list.item, members, items[i], text === '' ? first : ',')
    return text
  }
  const order = sortShort([...elements.keys()], (a, b) =>
    compareElements(elements[a] as PathElement, elements[b] as PathElement),
  )
  let last = ''
  for (let i = 0; i < order.length; i++) {
    const at = order[i] as number
    const element = elements[at] as PathElement
    if (element.text === last) return undefined
    last = element.text
    text += itemText(element, list.item, members, items[at], text === '' ? first : ',')
  }
  return text
}

function itemText(
  element: PathElement,
  type: TypeView,
  members: (value: unknown) => string | undefined,
  item: unknown,
  before: string,
): string {
  const below = members(item)
  if (below === undefined) {
    const text = addedText(element, type)(item)
    return text === '' ? '' : before + text.slice(1)
  }
  return below === '' ? `${before}${quotedText(element)}${alone}` : `${before}${quotedText(element)}${itself}${below}}`
}

const whole = new WeakMap<MapView, Text>()
/** All fields of a struct that was not there. */
function allMembers(map: MapView): Text {
  let text = whole.get(map)
  if (text === undefined) {
    text = compileAll(map)
    whole.set(map, text)
  }
  return text
}

export type FieldText = (value: unknown) => string

/** More leaves than a number has bits: the texts of their sets are not kept. */
const maxBits = 30
/** Sets of leaves that are kept for a struct. */
const maxSets = 256

/**
 * One function for a struct. Generated, so that each field is read in a place of its own: what most objects do not have costs next
 * to nothing. A struct of leaves only has one of a few texts, which are kept by the set of the leaves. Names only ever enter as JSON texts.
 */
function compileAll(map: MapView): Text {
  const typed: FieldView['typed'][] = []
  const texts: FieldText[] = []
  const reads: string[] = []
  const kept: string[] = []
  const plain: string[] = []
  let bits = 0
  for (const field of map.fields) {
    const at = texts.push(lateText(field)) - 1
    typed.push(field.typed)
    const value = `v${at}`
    const read = `o[${JSON.stringify(field.name)}]`
    reads.push(
      field.optional
        ? `let ${value}=${read};if(${value}!==undefined)${value}=t[${at}](${value});`
        : `let ${value}=t[${at}](${read});`,
    )
    plain.push(`if(${value}!==undefined)s+=f[${at}](${value});`)
    if (isLeaf(field.type)) kept.push(`if(${value}!==undefined)m|=${1 << bits++};`)
    else kept.push(`if(${value}!==undefined)n=true;`)
  }
  const lookUp =
    bits > maxBits || bits === 0
      ? ''
      : `let m=0,n=false;${kept.join('')}if(!n){const k=c.get(m);if(k!==undefined)return k;}`
  const keep = lookUp === '' ? '' : `if(!n&&c.size<${maxSets})c.set(m,s);`
  return new Function(
    't',
    'f',
    'c',
    `return function(o){${reads.join('\n')}\n${lookUp}\nlet s='';${plain.join('\n')}\n${keep}return s}`,
  )(typed, texts, new Map<number, string>()) as Text
}

/** Messages contain themselves: a field's type is looked at when it is first there. */
export function lateText({ element, type }: FieldView): FieldText {
  let text: FieldText | undefined
  return value => {
    text ??= addedText(element, type)
    return text(value)
  }
}
