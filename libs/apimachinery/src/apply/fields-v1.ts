import { encodeJson } from '../json/decode-json.ts'
import { emptySet, type FieldNode, type FieldSet, union } from './field-set.ts'
import { compareElements, parsePathElement, quotedText } from './path-element.ts'
import { RecentlyUsed } from './recently-used.ts'

/**
 * `fieldsV1` of an entry as it stands in objects that were made here: its JSON text, which the encoder takes over as it is.
 * Anything that turns the object into JSON sees a plain object.
 */
export class FieldsV1 {
  /** Canonical JSON: elements in upstream's order, `.` first. */
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toJSON(): object {
    return JSON.parse(this.text) as object
  }
}

/** A set with its wire form. */
export interface DecodedFields {
  readonly set: FieldSet
  readonly value: FieldsV1
}

/** Sets that are kept decoded: objects come back with the same few. */
const remembered = new RecentlyUsed<DecodedFields>(4096)
/** Longer texts than this (characters) are not kept. */
const maxRememberedLength = 32 * 1024

/** Reads `fieldsV1` of an entry. @throws Error when a key is malformed. */
export function decodeFieldsV1(value: unknown): DecodedFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return encodeFieldsV1(emptySet)
  const text = fieldsV1Text(value)
  const known = remembered.get(text)
  if (known !== undefined) return known
  const plain = value instanceof FieldsV1 ? value.toJSON() : value
  const fields = encodeFieldsV1(readChildren(plain as Record<string, unknown>).children)
  if (text.length <= maxRememberedLength) remembered.set(text, fields)
  return fields
}

function readChildren(value: Record<string, unknown>): { children: FieldSet; isMember: boolean } {
  let nodes: FieldNode[] = []
  let isMember = false
  let sorted = true
  for (const key of Object.keys(value)) {
    if (key === '.') {
      isMember = true
      continue
    }
    const element = parsePathElement(key)
    if (element === undefined) continue
    const inner = value[key]
    const below =
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? readChildren(inner as Record<string, unknown>)
        : { children: emptySet, isMember: true }
    const last = nodes.at(-1)
    if (last !== undefined && compareElements(last.element, element) >= 0) sorted = false
    nodes.push({ element, member: below.isMember, children: below.children })
  }
  if (!sorted) nodes = [...nodes.map(node => [node] as FieldSet).reduce(union, emptySet)]
  return { children: nodes, isMember: isMember || nodes.length === 0 }
}

export const encodeFieldsV1 = (set: FieldSet): DecodedFields => ({
  set,
  value: new FieldsV1(`{${contents(set, false)}}`),
})

function contents(set: FieldSet, self: boolean): string {
  let text = self ? '".":{}' : ''
  for (let i = 0; i < set.length; i++) {
    const { element, member, children, text: known } = set[i] as FieldNode
    if (text !== '') text += ','
    if (known !== undefined) {
      text += known
      continue
    }
    text += quotedText(element)
    text += children.length === 0 ? '{}' : `{${contents(children, member)}}`
  }
  return text
}

/** A set's members as JSON members. */
export const fieldsV1Contents = (set: FieldSet): string => contents(set, false)

/** JSON of an entry's `fieldsV1`, whoever made it. */
export const fieldsV1Text = (value: unknown): string => (value instanceof FieldsV1 ? value.text : encodeJson(value))
