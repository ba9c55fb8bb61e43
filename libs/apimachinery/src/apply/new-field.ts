import { isLeaf, membersText } from './added-text.ts'
import { type FieldNode, type FieldSet, leaf } from './field-set.ts'
import { addField } from './field-set-of.ts'
import { listElement } from './list-element.ts'
import { compareElements, type PathElement, quotedText } from './path-element.ts'
import { RecentlyUsed } from './recently-used.ts'
import { sortShort } from './sort-short.ts'
import { isMap, type ListView, type TypeView } from './type-view.ts'

/** What is below structs by its text: the statuses of all pods are new in the same few ways. */
const known = new RecentlyUsed<FieldSet>(1024)
/** Longer texts (characters) are not kept. */
const maxKnownLength = 4096
/** Items of longer lists are not looked at one by one. */
const maxItems = 16

/** Appends a field that was not there, and all that is below it: what `addField` appends of a typed value, at half of the cost. */
export function addNewField(out: FieldNode[], element: PathElement, type: TypeView, value: unknown): void {
  if (isLeaf(type)) {
    out.push(leaf(element))
    return
  }
  const { map, list, scalar } = type
  if (scalar === undefined && list === undefined && map !== undefined) {
    // maps have keys of their own, of which there may be very many
    if (!map.atomic && map.item === undefined && isMap(value) && addNewStruct(out, element, type, value)) return
  } else if (scalar === undefined && map === undefined && list !== undefined && !list.atomic && Array.isArray(value)) {
    const items = newItems(list, value)
    if (items !== undefined) {
      out.push({ element, member: true, children: items })
      return
    }
  }
  addField(out, element, type, value, 'typed', 'all', true)
}

/** False: it is to be looked at in the general way. */
function addNewStruct(out: FieldNode[], element: PathElement, type: TypeView, value: unknown): boolean {
  const below = membersText(type)(value)
  if (below === undefined) return false
  if (below === '') {
    out.push(leaf(element))
    return true
  }
  let children = known.get(below)
  if (children === undefined) {
    const nodes: FieldNode[] = []
    addField(nodes, element, type, value, 'typed', 'all', true)
    const [node] = nodes
    if (node === undefined) return false
    children = node.children
    if (below.length <= maxKnownLength) known.set(below, children)
  }
  out.push({ element, member: true, children, text: `${quotedText(element)}{".":{}${below}}` })
  return true
}

/** Undefined where they are to be looked at in the general way; so are items that stand twice, which are owned as one. */
function newItems(list: ListView, items: readonly unknown[]): FieldNode[] | undefined {
  if (items.length === 0 || items.length > maxItems) return undefined
  const { item: type } = list
  const leaves = isLeaf(type)
  const nodes: FieldNode[] = []
  for (let i = 0; i < items.length; i++) {
    const element = listElement(list, items[i], 'typed')
    for (const other of nodes) if (other.element.text === element.text) return undefined
    if (leaves) nodes.push(leaf(element))
    else if (!addNewStruct(nodes, element, type, items[i])) return undefined
  }
  return sortShort(nodes, byElement)
}

const byElement = (a: FieldNode, b: FieldNode) => compareElements(a.element, b.element)
