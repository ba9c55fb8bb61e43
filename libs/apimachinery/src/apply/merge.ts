import { type Json, type JsonObject, setOwn } from '../patch/own-property.ts'
import { type IndexedItem, indexItems, indexUnique } from './list-element.ts'
import { formOf, isMap, type ListView, type MapView, member, type TypeView } from './type-view.ts'

/**
 * An applied configuration laid over the live object; both as written. What the configuration says wins, what it does not say stays.
 * The result may share parts with both. `undefined`: nothing is left. @throws TypeMismatch
 */
export function mergeValues(type: TypeView, live: unknown, config: unknown): unknown {
  if (config === undefined) return live
  if (live === undefined) return config
  // null leaves the form to the other side
  const form = config === null ? formOf(type, live) : formOf(type, config)
  if (form === 'map') {
    const map = type.map as MapView
    if (map.atomic) return config
    const l = isMap(live) ? live : {}
    const r = isMap(config) ? config : {}
    if (isEmpty(l) && isEmpty(r)) return config
    return mergeMaps(map, l, r)
  }
  if (form === 'list') {
    const list = type.list as ListView
    const l = Array.isArray(live) ? live : []
    const r = Array.isArray(config) ? config : []
    if (list.atomic || (l.length === 0 && r.length === 0)) return config
    return mergeLists(list, l, r)
  }
  return config
}

function isEmpty(value: Record<string, unknown>): boolean {
  for (const key in value) if (Object.hasOwn(value, key)) return false
  return true
}

function mergeMaps(map: MapView, live: Record<string, unknown>, config: Record<string, unknown>): unknown {
  const out: JsonObject = {}
  const set = (key: string, value: unknown) => {
    if (value !== undefined) setOwn(out, key, value as Json)
  }
  for (const key of Object.keys(live)) {
    const wanted = member(config, key)
    const type = map.field(key)?.type ?? map.item
    set(key, wanted === undefined || type === undefined ? live[key] : mergeValues(type, live[key], wanted))
  }
  for (const key of Object.keys(config)) if (!Object.hasOwn(live, key)) set(key, config[key])
  return isEmpty(out) ? undefined : out
}

/**
 * Items of both lists, each once. Items of the configuration come in its order; live items that it does not have stay before the
 * ones that they stood before.
 *
 *     live a b c, configuration c x a  →  b c x a
 */
function mergeLists(list: ListView, live: readonly unknown[], config: readonly unknown[]): unknown {
  const wanted = indexUnique(list, config, 'written')
  const present = indexItems(list, live, 'written')
  const right = [...wanted.values()]
  const left = liveOrder(live, present)
  const shared = right.map(({ element }) => element.text).filter(text => present.has(text))
  const taken = new Set<string>()
  const out: unknown[] = []
  const take = ({ element, values }: IndexedItem) => {
    taken.add(element.text)
    if (shared[0] === element.text) shared.shift()
    out.push(mergeValues(list.item, onlyValue(present.get(element.text)), values[0]))
  }
  let l = 0
  let r = 0
  while (l < left.length || r < right.length) {
    const old = left[l]
    const now = right[r]
    if (old !== undefined && now !== undefined) {
      if (old.text === now.element.text) {
        take(now)
        l++
        r++
        continue
      }
      if (wanted.has(old.text) && shared[0] !== undefined && shared[0] !== old.text) {
        // its place is where the configuration has it
        l++
        continue
      }
    }
    if (old !== undefined) {
      if (!wanted.has(old.text)) {
        out.push(old.value)
        l++
        continue
      }
      if (taken.has(old.text)) l++
    }
    if (now !== undefined) {
      take(now)
      r++
    }
  }
  return out.length === 0 ? undefined : out
}

/** Live items in their order, duplicates too. */
function liveOrder(live: readonly unknown[], index: Map<string, IndexedItem>): { text: string; value: unknown }[] {
  const texts = new Map<unknown, string>()
  if ([...index.values()].every(({ values }) => values.length === 1)) {
    const order = [...index.keys()]
    return live.map((value, i) => ({ text: order[i] as string, value }))
  }
  for (const [text, { values }] of index) for (const value of values) texts.set(value, text)
  return live.map(value => ({ text: texts.get(value) as string, value }))
}

/** What stands more than once in the live list is not merged: the configuration's item takes its place. */
const onlyValue = (item: IndexedItem | undefined): unknown =>
  item === undefined ? undefined : item.values.length > 1 ? null : item.values[0]
