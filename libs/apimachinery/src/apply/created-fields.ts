import { addedText, type FieldText, itemsText, lateText, type Text } from './added-text.ts'
import { walkField } from './compare.ts'
import type { FieldNode } from './field-set.ts'
import { fieldsV1Contents } from './fields-v1.ts'
import { quotedText } from './path-element.ts'
import { type FieldView, isMap, type MapView, type TypeView } from './type-view.ts'

/**
 * The canonical text of the fields that a creator has, without a set in between: what comparing with an empty object, stripping what is
 * the system's and encoding give, at a quarter of the cost. A creator's entry is what most writes make.
 */
export function createdFieldsText(type: TypeView, object: object, ignored: ReadonlySet<string> = nothing): string {
  const map = type.map as MapView
  let text = '{'
  for (const field of map.fields) {
    const { name } = field
    if (name === 'apiVersion' || name === 'kind' || ignored.has(name)) continue
    const value = (object as Record<string, unknown>)[name]
    if (value === undefined && field.optional) continue
    const member = grownText(field, name === 'metadata' ? systemFields : nothing)(value)
    if (member !== '') text += text.length > 1 ? `,${member}` : member
  }
  return `${text}}`
}

const nothing: ReadonlySet<string> = new Set()
/** Of the metadata. */
const systemFields = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
])

const grownOf = new WeakMap<FieldView, Map<ReadonlySet<string>, FieldText>>()
/** Writes a field of the object beside the zero value that a new object begins with, as a member. '': it says nothing new. */
function grownText(field: FieldView, without: ReadonlySet<string>): FieldText {
  let made = grownOf.get(field)
  if (made === undefined) {
    made = new Map()
    grownOf.set(field, made)
  }
  let text = made.get(without)
  if (text === undefined) {
    text = makeGrownText(field, without)
    made.set(without, text)
  }
  return text
}

function makeGrownText(field: FieldView, without: ReadonlySet<string>): FieldText {
  const { element, type, typed } = field
  const old = typed(undefined)
  if (old === undefined) {
    const added = addedText(element, type)
    return value => {
      const now = typed(value)
      return now === undefined ? '' : added(now).slice(1)
    }
  }
  const { map, list } = type
  const members = map !== undefined && isStruct(type) && isMap(old) ? grownMembers(map, without) : undefined
  const items = members === undefined && list !== undefined && !list.atomic && old === null ? list : undefined
  const key = quotedText(element)
  return value => {
    const now = typed(value)
    if (now === undefined) return ''
    let below: string | undefined
    // what is always there is no news: only what is inside of it
    if (members !== undefined && isMap(now)) below = members(now)
    else if (items !== undefined && Array.isArray(now) && now.length > 0) below = itemsText(items, now, '')
    if (below !== undefined) return below === '' ? '' : `${key}{${below}}`
    const changed: FieldNode[] = []
    walkField(element, type, old, now, 'typed', changed, [])
    return changed.length === 0 ? '' : fieldsV1Contents(changed)
  }
}

const isStruct = ({ map, scalar, list }: TypeView) =>
  map !== undefined && !map.atomic && map.item === undefined && scalar === undefined && list === undefined

/** What a struct has beyond its zero value, between commas. Fields are looked at when they are first there: messages contain themselves. */
function grownMembers(map: MapView, without: ReadonlySet<string>): Text {
  const typed: FieldView['typed'][] = []
  const texts: FieldText[] = []
  const lines = ["let s='',v;"]
  for (const field of map.fields) {
    if (without.has(field.name)) continue
    let grown: FieldText | undefined
    const late: FieldText = value => {
      grown ??= grownText(field, nothing)
      return grown(value)
    }
    const at = texts.push(field.optional ? lateText(field) : late) - 1
    typed.push(field.typed)
    const read = `v=o[${JSON.stringify(field.name)}];`
    // what is added has its comma already, which the first one must not have
    lines.push(
      field.optional
        ? `${read}if(v!==undefined){v=t[${at}](v);if(v!==undefined){v=f[${at}](v);s+=s===''?v.slice(1):v;}}`
        : `${read}v=f[${at}](v);if(v!=='')s+=s===''?v:','+v;`,
    )
  }
  lines.push('return s')
  return new Function('t', 'f', `return function(o){${lines.join('\n')}}`)(typed, texts) as Text
}
