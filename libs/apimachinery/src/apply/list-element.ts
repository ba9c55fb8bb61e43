import {
  compareUtf8,
  keyElement,
  type PathElement,
  type ScalarValue,
  showElement,
  valueElement,
} from './path-element.ts'
import { sortShort } from './sort-short.ts'
import { type Form, isMap, type ListView, member } from './type-view.ts'

/** A value does not fit its type, so that no field set can be made of it. */
export class TypeMismatch extends Error {}

const byName = (a: readonly [string, ScalarValue], b: readonly [string, ScalarValue]) => compareUtf8(a[0], b[0])

/** The element that selects an item of a set or map list. @throws TypeMismatch when the item has none. */
export function listElement(list: ListView, item: unknown, form: Form): PathElement {
  if (list.keys.length === 0) return setElement(list, item, form)
  if (item === null || item === undefined)
    throw new TypeMismatch('associative list with keys may not have a null element')
  if (!isMap(item)) throw new TypeMismatch('associative list with keys may not have non-map elements')
  if (list.keys.length === 1) {
    const known = knownElement(list, list.keys[0] as string, item, form)
    if (known !== undefined) return known
  }
  const keys: (readonly [string, ScalarValue])[] = []
  for (const name of list.keys) {
    const field = list.item.map?.field(name)
    const written = member(item, name)
    const value = form === 'typed' && field !== undefined ? field.typed(written) : written
    const found = value === undefined ? field?.default : value
    if (found !== undefined) keys.push([name, found as ScalarValue])
  }
  if (keys.length === 0)
    throw new TypeMismatch(
      `associative list with keys has an element that omits all key fields [${list.keys.map(key => JSON.stringify(key)).join(' ')}] (and doesn't have default values for any key fields)`,
    )
  if (keys.length > 1) sortShort(keys, byName)
  return keyElement(keys)
}

/** Elements of a list with one key, by its value: names of containers and types of conditions come back all the time. */
interface Remembered {
  /** The key's value may be written in several ways. */
  readonly hasForms: boolean
  readonly elements: Map<string, PathElement>
}

const remembered = new WeakMap<ListView, Remembered>()
/** Of each list; at the bound the memory is emptied. */
const maxRemembered = 512

function knownElement(
  list: ListView,
  name: string,
  item: Record<string, unknown>,
  form: Form,
): PathElement | undefined {
  const value = member(item, name)
  if (typeof value !== 'string' || (form === 'typed' && value === '')) return undefined
  let known = remembered.get(list)
  if (known === undefined) {
    known = { hasForms: list.item.map?.field(name)?.type.scalar?.canonical !== undefined, elements: new Map() }
    remembered.set(list, known)
  }
  if (known.hasForms && form === 'typed') return undefined
  const { elements } = known
  let element = elements.get(value)
  if (element === undefined) {
    element = keyElement([[name, value]])
    if (elements.size >= maxRemembered) elements.clear()
    elements.set(value, element)
  }
  return element
}

function setElement(list: ListView, item: unknown, form: Form): PathElement {
  if (isMap(item)) throw new TypeMismatch("associative list without keys has an element that's a map type")
  if (Array.isArray(item)) throw new TypeMismatch('not supported: associative list with lists as elements')
  if (item === null || item === undefined)
    throw new TypeMismatch("associative list without keys has an element that's an explicit null")
  const canonical = form === 'typed' ? list.item.scalar?.canonical : undefined
  return valueElement((canonical === undefined ? item : canonical(item)) as ScalarValue)
}

export interface IndexedItem {
  readonly element: PathElement
  readonly values: unknown[]
}

/** Items by their element, in the order of the list; more than one value where the list has duplicates. */
export function indexItems(list: ListView, items: readonly unknown[], form: Form): Map<string, IndexedItem> {
  const index = new Map<string, IndexedItem>()
  for (let i = 0; i < items.length; i++) {
    let element: PathElement
    try {
      element = listElement(list, items[i], form)
    } catch (error) {
      throw new TypeMismatch(`element ${i}: ${(error as Error).message}`)
    }
    const known = index.get(element.text)
    if (known === undefined) index.set(element.text, { element, values: [items[i]] })
    else known.values.push(items[i])
  }
  return index
}

/** As {@link indexItems}, for lists in which every element stands once. @throws TypeMismatch naming the one that does not. */
export function indexUnique(list: ListView, items: readonly unknown[], form: Form): Map<string, IndexedItem> {
  const index = indexItems(list, items, form)
  for (const { element, values } of index.values())
    if (values.length > 1) throw new TypeMismatch(`duplicate entries for key ${showElement(element)}`)
  return index
}
