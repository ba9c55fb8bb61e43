import { badRequest, plainError } from '../status/errors.ts'
import { goText } from './go-text.ts'
import { patchDoesNotFit } from './json-patch.ts'
import { mergeLists, orderLists } from './merge-lists.ts'
import { getOwn, isObject, type Json, type JsonObject, setOwn } from './own-property.ts'

/** What a strategic merge asks a schema about one field. */
export interface PatchField {
  /** `merge`, `replace`, `retainKeys`. */
  readonly strategies: readonly string[]
  readonly mergeKey?: string
  /** Of the object, or of the list's items. */
  readonly schema?: PatchSchema
}

export interface PatchSchema {
  field(name: string): PatchField | undefined
}

const directive = '$patch'
const retainKeys = '$retainKeys'
const deleteFrom = '$deleteFromPrimitiveList/'
const setOrder = '$setElementOrder/'

const isDirective = (key: string) =>
  key.startsWith('$') &&
  (key === directive || key === retainKeys || key.startsWith(deleteFrom) || key.startsWith(setOrder))

/**
 * A strategic merge patch: lists merge by their merge key, directives delete, replace, order. The target is not
 * changed; parts may be shared.
 * @throws ApiError 400 in upstream's words.
 */
export function applyStrategicMergePatch(target: JsonObject, patch: JsonObject, schema: PatchSchema): JsonObject {
  return mergeObjects(target, patch, schema)
}

export function mergeObjects(original: JsonObject, patch: JsonObject, schema: PatchSchema | undefined): JsonObject {
  const how = getOwn(patch, directive)
  if (how === 'replace') return withoutDirectives(patch, [directive])
  if (how === 'delete') return {}
  if (how !== undefined && how !== 'merge')
    throw plainError(`unknown patch type: ${goText(how)} in map: ${goText(patch)}`)
  const result = retained(original, patch)
  let directives = false
  for (const key of Object.keys(patch)) {
    if (isDirective(key)) {
      directives = true
      continue
    }
    const value = patch[key] as Json
    const before = getOwn(result, key)
    const merged = value === null ? undefined : mergeValue(before, value, schema?.field(key))
    if (merged !== undefined) setOwn(result, key, merged)
    else if (before !== undefined) delete result[key]
  }
  if (directives) applyListDirectives(result, original, patch, schema)
  return result
}

/** Undefined: nothing is left there. */
function mergeValue(before: Json | undefined, value: Json, field: PatchField | undefined): Json | undefined {
  if (isObject(value)) {
    if (!isObject(before)) return taken(value, field?.schema)
    if (field?.strategies.includes('replace')) return replaced(value, field.schema)
    return mergeObjects(before, value, field?.schema)
  }
  if (!Array.isArray(value)) return value
  if (!Array.isArray(before)) return takenList(value, field?.schema)
  const merges = field?.strategies.includes('merge') === true
  if (!merges) return value.map(item => (isObject(item) ? withoutDirectives(item, [directive]) : item))
  return mergeLists(before, value, field?.mergeKey, field?.schema)
}

/** A patch's value where there was none, nothing merged in it. What says how it is to be merged is left out whole, as upstream does. */
function taken(value: JsonObject, schema: PatchSchema | undefined): JsonObject | undefined {
  return getOwn(value, directive) === undefined ? replaced(value, schema) : undefined
}

/** Items with one key are not brought together. */
function takenList(list: readonly Json[], schema: PatchSchema | undefined): Json[] {
  const result: Json[] = []
  for (const item of list) {
    const one = isObject(item) ? taken(item, schema) : item
    if (one !== undefined) result.push(one)
  }
  return result
}

/** A plain map keeps its `$retainKeys`: upstream looks for it only where it merges, and then reads a list where a text belongs. */
function replaced(value: JsonObject, schema: PatchSchema | undefined): JsonObject {
  if (isPlain(value)) return value
  const keep = getOwn(value, retainKeys)
  const result = mergeObjects({}, value, schema)
  if (keep !== undefined && schema === undefined) setOwn(result, retainKeys, keep)
  return result
}

/** Whether nothing in it speaks to the patch, so that it can stay as it is where nothing was. */
function isPlain(value: JsonObject): boolean {
  for (const key in value) {
    if (isDirective(key)) return false
    const member = value[key] as Json
    if (typeof member !== 'object') continue
    if (member === null) return false
    if (!Array.isArray(member)) {
      if (!isPlain(member)) return false
    } else for (const item of member) if (isObject(item) && !isPlain(item)) return false
  }
  return true
}

/** `$retainKeys` lists all keys that may stay. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const keep = getOwn(patch, retainKeys)
  if (keep === undefined) return { ...original }
  if (!Array.isArray(keep)) throw badRequest('invalid patch format of retainKeys')
  const names = new Set(keep)
  const extra = Object.keys(patch).some(key => !isDirective(key) && patch[key] !== null && !names.has(key))
  if (extra) throw patchDoesNotFit("patch content doesn't match retainKeys list")
  return Object.fromEntries(Object.entries(original).filter(([key]) => names.has(key)))
}

/** Deletions from lists of plain values, and the order that lists shall have. */
function applyListDirectives(
  result: JsonObject,
  original: JsonObject,
  patch: JsonObject,
  schema: PatchSchema | undefined,
): void {
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(deleteFrom)) continue
    const gone = patch[key]
    if (!Array.isArray(gone)) throw badRequest('invalid patch format of primitive list')
    const name = key.slice(deleteFrom.length)
    const list = getOwn(result, name)
    if (!Array.isArray(list)) continue
    const added = getOwn(patch, name)
    const stays = new Set(Array.isArray(added) ? added : [])
    setOwn(
      result,
      name,
      list.filter(item => !gone.includes(item) || stays.has(item)),
    )
  }
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(setOrder)) continue
    const order = patch[key]
    if (!Array.isArray(order)) throw badRequest('invalid patch format of setElementOrder list')
    const name = key.slice(setOrder.length)
    const list = getOwn(result, name)
    if (!Array.isArray(list)) continue
    const live = getOwn(original, name)
    const { mergeKey } = schema?.field(name) ?? {}
    setOwn(result, name, orderLists(list, order, Array.isArray(live) ? live : [], mergeKey))
  }
}

/** The object without these directives. */
export function withoutDirectives(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !names.includes(key)))
}
