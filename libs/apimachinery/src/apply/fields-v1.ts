import { encodeJson } from '../json/decode-json.ts'
import { emptySet, type FieldNode, type FieldSet, union } from './field-set.ts'
import { compareElements, parsePathElement, quotedText } from './path-element.ts'

/** A set with its wire forms. */
export interface FieldsV1 {
  readonly set: FieldSet
  /** Canonical JSON: elements in upstream's order, `.` first. */
  readonly text: string
  /** The same as a frozen object, shared by all that hold it. */
  readonly value: object
}

/** Sets that are kept decoded: writers come back with the same few sets. The least recently used leaves first. */
const maxRemembered = 4096
/** Longer texts than this (characters) are not kept. */
const maxRememberedLength = 32 * 1024

const remembered = new Map<string, FieldsV1>()
/** The text of values that came from here, so that they need not be written again. */
const texts = new WeakMap<object, string>()

function recall(text: string): FieldsV1 | undefined {
  const known = remembered.get(text)
  if (known === undefined) return undefined
  // to the end of the map's order, but not each time: a hot set is moved once in a while
  if (--untilTouched === 0) {
    untilTouched = 16
    remembered.delete(text)
    remembered.set(text, known)
  }
  return known
}
let untilTouched = 16

function remember(text: string, fields: FieldsV1): void {
  texts.set(fields.value, fields.text)
  if (text.length > maxRememberedLength) return
  remembered.set(text, fields)
  if (remembered.size > maxRemembered) {
    const [oldest] = remembered.keys()
    if (oldest !== undefined) remembered.delete(oldest)
  }
}

/** Reads `fieldsV1` of an entry. @throws Error when a key is malformed. */
export function decodeFieldsV1(value: unknown): FieldsV1 {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return encodeFieldsV1(emptySet)
  const text = texts.get(value) ?? encodeJson(value)
  const known = recall(text)
  if (known !== undefined) return known
  const fields = encodeFieldsV1(readChildren(value as Record<string, unknown>).children)
  // a text that is not canonical is remembered beside the canonical one
  if (fields.text !== text) remember(text, fields)
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

/** Writes a set. */
export function encodeFieldsV1(set: FieldSet): FieldsV1 {
  return fieldsV1OfText(fieldsV1Text(set), set)
}

/** As {@link encodeFieldsV1}, with the text made already. */
export function fieldsV1OfText(text: string, set: FieldSet): FieldsV1 {
  const known = recall(text)
  if (known !== undefined) return known
  const fields: FieldsV1 = { set, text, value: deepFreeze(JSON.parse(text) as object) }
  remember(text, fields)
  return fields
}

function deepFreeze(value: object): object {
  for (const inner of Object.values(value)) deepFreeze(inner as object)
  return Object.freeze(value)
}

/** Canonical JSON of a set. */
export function fieldsV1Text(set: FieldSet): string {
  return `{${contents(set, false)}}`
}

function contents(set: FieldSet, self: boolean): string {
  let text = self ? '".":{}' : ''
  for (let i = 0; i < set.length; i++) {
    const { element, member, children } = set[i] as FieldNode
    if (text !== '') text += ','
    text += quotedText(element)
    text += children.length === 0 ? '{}' : `{${contents(children, member)}}`
  }
  return text
}

/** JSON of an entry's `fieldsV1`, whoever made it. */
export const fieldsV1ValueText = (value: unknown): string =>
  (typeof value === 'object' && value !== null ? texts.get(value) : undefined) ?? encodeJson(value)
