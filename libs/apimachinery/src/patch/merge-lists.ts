import { plainError } from '../status/errors.ts'
import { goText } from './go-text.ts'
import { patchDoesNotFit } from './json-patch.ts'
import { getOwn, isObject, type Json, type JsonObject, sameJson } from './own-property.ts'
import { mergeObjects, type PatchSchema, withoutDirectives } from './strategic-merge.ts'

/** What makes an item of a list the same item: the value of its merge key, or the item itself. */
function identity(item: Json, mergeKey: string | undefined): Json {
  if (mergeKey === undefined || !isObject(item)) return item
  return getOwn(item, mergeKey) ?? null
}

const indexOf = (list: readonly Json[], id: Json, mergeKey: string | undefined) =>
  list.findIndex(item => sameJson(identity(item, mergeKey), id))

/** Merges a patch's list into the one there is. */
export function mergeLists(
  original: readonly Json[],
  patch: readonly Json[],
  mergeKey: string | undefined,
  schema: PatchSchema | undefined,
): Json[] {
  if (!patch.some(isObject) && !original.some(isObject)) {
    if (patch.some(Array.isArray)) throw patchDoesNotFit('lists of lists are not supported')
    const merged = [...original]
    for (const item of patch) if (!merged.includes(item)) merged.push(item)
    return orderLists(merged, patch, original, undefined)
  }
  if (mergeKey === undefined) throw plainError('cannot merge lists without merge key for struct')
  const { merged, rest } = mergeItems(original, patch, mergeKey, schema)
  return orderLists(merged, rest, original, mergeKey)
}

function mergeItems(
  original: readonly Json[],
  patch: readonly Json[],
  mergeKey: string,
  schema: PatchSchema | undefined,
): { merged: Json[]; rest: Json[] } {
  let merged = [...original]
  const rest: Json[] = []
  let replaceAll = false
  for (const item of patch) {
    if (!isObject(item))
      throw plainError(`expected a map, but received a ${Array.isArray(item) ? 'slice' : typeof item}`)
    const how = getOwn(item, '$patch')
    if (how === 'replace') {
      replaceAll = true
      // `{ $patch: replace }` alone only says that the list is replaced.
      if (Object.keys(item).length > 1) rest.push(withoutDirectives(item, ['$patch']))
      continue
    }
    const id = getOwn(item, mergeKey)
    if (id === undefined) throw plainError(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`)
    if (how === 'delete') merged = merged.filter(other => !sameJson(identity(other, mergeKey), id))
    else if (how === undefined || how === 'merge')
      rest.push(how === 'merge' ? withoutDirectives(item, ['$patch']) : item)
    else throw plainError(`unknown patch type: ${goText(how)} in map: ${goText(item)}`)
  }
  if (replaceAll) return { merged: rest.map(item => mergeObjects({}, item as JsonObject, schema)), rest }
  for (const item of rest as JsonObject[]) {
    const at = indexOf(merged, identity(item, mergeKey), mergeKey)
    const before = merged[at]
    if (isObject(before)) merged[at] = mergeObjects(before, item, schema)
    else merged.push(mergeObjects({}, item, schema))
  }
  return { merged, rest }
}

/** Whether both lists are the same items in the same order, none of them twice. */
function isInOrder(list: readonly Json[], order: readonly Json[], mergeKey: string | undefined): boolean {
  if (list.length !== order.length) return false
  for (let i = 0; i < list.length; i++)
    if (indexOf(order, identity(list[i] as Json, mergeKey), mergeKey) !== i) return false
  return true
}

/**
 * Puts the items that `order` names into that order. The others keep the order of `live` among themselves, and each
 * stands before the first named item that it stood before in `live`.
 */
export function orderLists(
  list: readonly Json[],
  order: readonly Json[],
  live: readonly Json[],
  mergeKey: string | undefined,
): Json[] {
  const place = (item: Json, among: readonly Json[]) => indexOf(among, identity(item, mergeKey), mergeKey)
  if (isInOrder(list, order, mergeKey)) return [...list]
  const named = list.filter(item => place(item, order) >= 0).sort((a, b) => place(a, order) - place(b, order))
  const others = list.filter(item => place(item, order) < 0).sort((a, b) => place(a, live) - place(b, live))
  const result = [...named]
  let from = 0
  for (const item of others) {
    const mine = place(item, live)
    let at = from
    while (at < result.length) {
      const theirs = place(result[at] as Json, live)
      if (mine >= 0 && theirs > mine) break
      at++
    }
    result.splice(at, 0, item)
    from = at + 1
  }
  return result
}
