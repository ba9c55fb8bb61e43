import { append } from '../append.ts'
import { isLeaf } from './added-text.ts'
import { emptySet, type FieldNode, type FieldSet, leaf, union } from './field-set.ts'
import { addField, hasMembers } from './field-set-of.ts'
import { indexItems, listElement } from './list-element.ts'
import { addNewField } from './new-field.ts'
import { compareElements, compareUtf8, fieldElement, type PathElement } from './path-element.ts'
import { sameValue } from './same-value.ts'
import { sortShort } from './sort-short.ts'
import { type Form, formOf, isMap, type ListView, type MapView, member, type TypeView } from './type-view.ts'

export interface Comparison {
  /** In the new object only, or different in it. */
  readonly changed: FieldSet
  /** In the old object only. */
  readonly removed: FieldSet
}

const nothing: ReadonlySet<string> = new Set()

/** What an object's change did to its fields. @throws TypeMismatch when list items cannot be told apart. */
export function compare(
  type: TypeView,
  before: unknown,
  after: unknown,
  form: Form,
  ignored: ReadonlySet<string> = nothing,
): Comparison {
  const changed: FieldNode[] = []
  const removed: FieldNode[] = []
  if (ignored.size > 0 && form === 'typed' && isMap(before) && isMap(after) && type.map !== undefined)
    walkFields(type.map, before, after, ignored, changed, removed)
  else walk(type, before, after, form, changed, removed)
  return { changed, removed }
}

/** The object itself, field by field, but for those that do not count. */
function walkFields(
  map: MapView,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  ignored: ReadonlySet<string>,
  changed: FieldNode[],
  removed: FieldNode[],
): void {
  for (const { name, element, type, typed } of map.fields)
    if (!ignored.has(name)) walkField(element, type, typed(before[name]), typed(after[name]), 'typed', changed, removed)
}

/** Fills the lists with what differs below two present values; says whether they are leaves that differ. */
function walk(
  type: TypeView,
  before: unknown,
  after: unknown,
  form: Form,
  changed: FieldNode[],
  removed: FieldNode[],
): boolean {
  if (before === after && (typeof after !== 'object' || after === null)) return false
  const was = before === null ? formOf(type, after) : formOf(type, before)
  const is = after === null ? was : formOf(type, after)
  if (was === is) return walkAs(is, type, before, after, form, changed, removed)
  // a value that changed its form: what was below it is gone, what is below it now is new
  const left: [FieldNode[], FieldNode[]] = [[], []]
  const leftDiffers = walkAs(was, type, before, after, form, ...left)
  const right: [FieldNode[], FieldNode[]] = [[], []]
  const rightDiffers = walkAs(is, type, before, after, form, ...right)
  append(changed, union(left[0], right[0]))
  append(removed, union(left[1], right[1]))
  return leftDiffers || rightDiffers
}

function walkAs(
  as: 'map' | 'list' | 'scalar' | 'none',
  type: TypeView,
  before: unknown,
  after: unknown,
  form: Form,
  changed: FieldNode[],
  removed: FieldNode[],
): boolean {
  if (as === 'map') {
    const map = type.map as MapView
    const l = isMap(before) ? before : undefined
    const r = isMap(after) ? after : undefined
    if (map.atomic) return !sameValue(type, before, after, form)
    // labels that nobody has touched
    if (before === after && map.fields.length === 0 && map.item !== undefined && isLeaf(map.item)) return false
    const lEmpty = l === undefined || !hasMembers(map, l, form)
    const rEmpty = r === undefined || !hasMembers(map, r, form)
    if (lEmpty && rEmpty) return !sameValue(type, before, after, form)
    walkMap(map, l, r, form, changed, removed)
    return false
  }
  if (as === 'list') {
    const list = type.list as ListView
    const l = Array.isArray(before) ? before : []
    const r = Array.isArray(after) ? after : []
    if (list.atomic || (l.length === 0 && r.length === 0)) return !sameValue(type, before, after, form)
    walkList(list, l, r, form, changed, removed)
    return false
  }
  return !sameValue(type, before, after, form)
}

/** One field that is in the old object, the new one, or both. */
export function walkField(
  element: PathElement,
  type: TypeView,
  before: unknown,
  after: unknown,
  form: Form,
  changed: FieldNode[],
  removed: FieldNode[],
): void {
  if (before === undefined) {
    if (after !== undefined) addNew(changed, element, type, after, form)
  } else if (after === undefined) addField(removed, element, type, before, form, 'all', true)
  else if (before !== after || typeof after === 'object') {
    const inChanged: FieldNode[] = []
    const inRemoved: FieldNode[] = []
    const differs = walk(type, before, after, form, inChanged, inRemoved)
    if (differs || inChanged.length > 0)
      changed.push({ element, member: differs, children: inChanged.length === 0 ? emptySet : inChanged })
    if (inRemoved.length > 0) removed.push({ element, member: false, children: inRemoved })
  }
}

function addNew(out: FieldNode[], element: PathElement, type: TypeView, value: unknown, form: Form): void {
  if (form === 'typed') addNewField(out, element, type, value)
  else addField(out, element, type, value, form, 'all', true)
}

const none: Record<string, unknown> = {}

function walkMap(
  map: MapView,
  before: Record<string, unknown> | undefined,
  after: Record<string, unknown> | undefined,
  form: Form,
  changed: FieldNode[],
  removed: FieldNode[],
): void {
  if (form === 'typed' && map.item === undefined) {
    const l = before ?? none
    const r = after ?? none
    const { fields } = map
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as (typeof fields)[number]
      const { name } = field
      let old = l[name]
      let now = r[name]
      if (old === undefined && now === undefined && field.optional) continue
      old = before === undefined ? undefined : field.typed(old)
      now = after === undefined ? undefined : field.typed(now)
      if (old !== undefined || now !== undefined) walkField(field.element, field.type, old, now, form, changed, removed)
    }
    return
  }
  const keys = before === undefined ? [] : Object.keys(before)
  if (after !== undefined)
    for (const key of Object.keys(after)) if (before === undefined || !Object.hasOwn(before, key)) keys.push(key)
  sortShort(keys, compareUtf8)
  for (const key of keys) {
    const field = map.field(key)
    const type = field?.type ?? map.item
    if (type === undefined) continue
    const read = (object: Record<string, unknown> | undefined) => {
      if (object === undefined) return undefined
      const value = member(object, key)
      return form === 'typed' && field !== undefined ? field.typed(value) : value
    }
    walkField(field?.element ?? fieldElement(key), type, read(before), read(after), form, changed, removed)
  }
}

function walkList(
  list: ListView,
  before: readonly unknown[],
  after: readonly unknown[],
  form: Form,
  changed: FieldNode[],
  removed: FieldNode[],
): void {
  if (walkPairs(list, before, after, form, changed, removed)) return
  const l = indexItems(list, before, form)
  const r = indexItems(list, after, form)
  // Items that stand more than once are owned as one, without what is below them.
  for (const [text, { element, values }] of l) {
    const now = r.get(text)?.values ?? []
    if (values.length <= 1 && now.length <= 1) walkField(element, list.item, values[0], now[0], form, changed, removed)
    else if (values.length > 1 && now.length > 1) {
      const same = values.length === now.length && values.every((v, i) => sameValue(list.item, v, now[i], form))
      if (!same) changed.push(leaf(element))
    } else if (values.length > 1) {
      if (now.length === 1) addField(changed, element, list.item, now[0], form, 'all', true)
      removed.push(leaf(element))
    } else {
      const gone: FieldNode[] = []
      addField(gone, element, list.item, values[0], form, 'all', true)
      append(removed, gone)
      changed.push(leaf(element))
    }
  }
  for (const [text, { element, values }] of r) {
    if (l.has(text)) continue
    if (values.length > 1) changed.push(leaf(element))
    else addNew(changed, element, list.item, values[0], form)
  }
  sortNodes(changed)
  sortNodes(removed)
}

/** Longer lists are indexed. */
const maxPairs = 16

/** Most updates leave the items where they are: then none need be looked up. Says whether it was so. */
function walkPairs(
  list: ListView,
  before: readonly unknown[],
  after: readonly unknown[],
  form: Form,
  changed: FieldNode[],
  removed: FieldNode[],
): boolean {
  if (before.length !== after.length || before.length > maxPairs) return false
  const elements: PathElement[] = []
  for (let i = 0; i < before.length; i++) {
    const element = listElement(list, after[i], form)
    if (listElement(list, before[i], form).text !== element.text) return false
    for (const other of elements) if (other.text === element.text) return false
    elements.push(element)
  }
  for (let i = 0; i < elements.length; i++)
    walkField(elements[i] as PathElement, list.item, before[i], after[i], form, changed, removed)
  sortNodes(changed)
  sortNodes(removed)
  return true
}

const byElement = (a: FieldNode, b: FieldNode) => compareElements(a.element, b.element)

function sortNodes(nodes: FieldNode[]): void {
  sortShort(nodes, byElement)
}
