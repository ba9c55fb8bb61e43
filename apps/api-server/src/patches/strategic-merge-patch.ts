import type { Message, Schemas } from '@kubets/api-types'
import { setOwn } from './merge-patch.ts'

/** A patch whose directives make no sense. */
export class StrategicPatchError extends Error {
  override readonly name = 'StrategicPatchError'
}

type Value = unknown
type Fields = Record<string, Value>
const isMap = (value: Value): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

const directive = '$patch'
const retainKeys = '$retainKeys'
const setElementOrder = '$setElementOrder/'
const deleteFromPrimitiveList = '$deleteFromPrimitiveList/'

/**
 * Kubernetes' strategic merge: like a merge patch, but lists that the schema gives a merge key are merged item by item. Directives:
 * `$patch: replace|delete|merge`, `$retainKeys`, `$setElementOrder/<list>`, `$deleteFromPrimitiveList/<list>`. `target` is changed.
 */
export function strategicMergePatch(schemas: Schemas, schema: string, target: Value, patch: Value): Value {
  return mergeMap(schemas, schemas.message(schema), isMap(target) ? target : {}, patch as Fields)
}

function mergeMap(schemas: Schemas, shape: Message | undefined, target: Fields, patch: Fields): Fields {
  if (Object.hasOwn(patch, directive)) {
    const { [directive]: what, ...rest } = patch
    if (what === 'replace') return withoutDirectives(rest) as Fields
    if (what === 'delete') return {}
    if (what !== 'merge') throw new StrategicPatchError(`unknown patch type '${String(what)}' found in map`)
  }
  const retained = patch[retainKeys]
  if (retained !== undefined) {
    if (!Array.isArray(retained)) throw new StrategicPatchError('invalid patch format of retainKeys')
    for (const key of Object.keys(target)) if (!retained.includes(key)) delete target[key]
  }
  for (const key of Object.keys(patch)) {
    if (key === directive || key === retainKeys) continue
    const value = patch[key]
    if (key.startsWith(deleteFromPrimitiveList)) {
      const name = key.slice(deleteFromPrimitiveList.length)
      const list = target[name]
      if (Array.isArray(list) && Array.isArray(value)) target[name] = list.filter(item => !value.includes(item))
    } else if (key.startsWith(setElementOrder)) {
      const name = key.slice(setElementOrder.length)
      // with a patch of the list itself the order is kept by its merge
      if (!Object.hasOwn(patch, name) && Array.isArray(target[name]) && Array.isArray(value))
        target[name] = ordered(target[name] as Value[], value, mergeKeyOf(shape, name), target[name] as Value[])
    } else if (value === null) delete target[key]
    else {
      const before = Object.hasOwn(target, key) ? target[key] : undefined
      const order = patch[setElementOrder + key]
      setOwn(target, key, mergeField(schemas, shape, key, before, value, Array.isArray(order) ? order : undefined))
    }
  }
  return target
}

function mergeField(
  schemas: Schemas,
  shape: Message | undefined,
  name: string,
  before: Value,
  value: Value,
  order: readonly Value[] | undefined,
): Value {
  const field = shape?.byName.get(name)
  if (isMap(value)) {
    const replaces = field?.extras.strategy === 'replace'
    if (replaces || !isMap(before)) return mergeMap(schemas, undefined, {}, value)
    return mergeMap(schemas, messageOf(schemas, field?.type), before, value)
  }
  if (!Array.isArray(value)) return value
  const merges = field?.extras.strategy?.split(',').includes('merge') === true
  if (!merges || field.type.of !== 'list') return value.map(withoutDirectives)
  const list = Array.isArray(before) ? before : []
  const key = field.extras.mergeKey
  const merged =
    key === undefined
      ? [...list, ...value.filter(item => !list.includes(item))]
      : mergeItems(schemas, messageOf(schemas, field.type.item), list, value, key)
  return order === undefined ? merged : ordered(merged, order, key, list)
}

function mergeItems(
  schemas: Schemas,
  shape: Message | undefined,
  before: readonly Value[],
  patch: readonly Value[],
  key: string,
): Value[] {
  if (patch.some(item => isMap(item) && item[directive] === 'replace'))
    return patch.filter(item => !(isMap(item) && item[directive] === 'replace')).map(withoutDirectives)
  const merged = [...before]
  for (const item of patch) {
    if (!isMap(item)) throw new StrategicPatchError('invalid patch: items of a list with a merge key must be maps')
    const id = item[key]
    if (id === undefined)
      throw new StrategicPatchError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
    const at = merged.findIndex(present => isMap(present) && present[key] === id)
    if (item[directive] === 'delete') {
      for (let i = merged.length - 1; i >= 0; i--) {
        const present = merged[i]
        if (isMap(present) && present[key] === id) merged.splice(i, 1)
      }
    } else if (at === -1) merged.push(mergeMap(schemas, shape, {}, item))
    else merged[at] = mergeMap(schemas, shape, merged[at] as Fields, item)
  }
  return merged
}

/** What the client knows comes in its order; what only the server has keeps its place among its old neighbours. */
function ordered(
  items: readonly Value[],
  order: readonly Value[],
  key: string | undefined,
  before: readonly Value[],
): Value[] {
  const id = (item: Value) => (key === undefined ? item : isMap(item) ? item[key] : undefined)
  const wanted = order.map(id)
  const old = before.map(id)
  const place = (item: Value) => wanted.indexOf(id(item))
  const known = items.filter(item => place(item) !== -1).sort((a, b) => place(a) - place(b))
  const own = items.filter(item => place(item) === -1)
  const result: Value[] = []
  while (known.length > 0 && own.length > 0) {
    const [mine, theirs] = [old.indexOf(id(own[0])), old.indexOf(id(known[0]))]
    // a new item of the client's has no old place: it goes first
    result.push((theirs !== -1 && mine !== -1 && mine < theirs ? own : known).shift())
  }
  return [...result, ...known, ...own]
}

const mergeKeyOf = (shape: Message | undefined, name: string) => shape?.byName.get(name)?.extras.mergeKey

function messageOf(schemas: Schemas, type: { of: string; name?: string } | undefined): Message | undefined {
  return type?.of === 'message' && type.name !== undefined ? schemas.message(type.name) : undefined
}

/** New content may still carry directives; they are never stored. */
function withoutDirectives(value: Value): Value {
  if (Array.isArray(value)) return value.filter(v => !(isMap(v) && v[directive] === 'delete')).map(withoutDirectives)
  if (!isMap(value)) return value
  const result: Fields = {}
  for (const key of Object.keys(value)) {
    if (
      key === directive ||
      key === retainKeys ||
      key.startsWith(setElementOrder) ||
      key.startsWith(deleteFromPrimitiveList)
    )
      continue
    if (value[key] !== null) setOwn(result, key, withoutDirectives(value[key]))
  }
  return result
}
