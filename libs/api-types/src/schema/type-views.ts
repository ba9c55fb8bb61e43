import {
  compareUtf8,
  deduced,
  type FieldView,
  fieldElement,
  type ListView,
  type MapView,
  type ScalarView,
  type TypeView,
  untypedAtomic,
} from '@kubets/apimachinery'
import type { Field, FieldType, Message, Scalar } from './message.ts'
import { canonicalMicroTime, canonicalTime, quantityText } from './scalars.ts'
import type { FieldExtras } from './table-format.ts'

/** What apply and managed fields need to know of a message, made at first use. */
export function typeViews(message: (name: string) => Message): (name: string) => TypeView {
  const made = new Map<string, TypeView>()
  const get = (name: string): TypeView => {
    let view = made.get(name)
    if (view === undefined) {
      view = messageView(name, undefined, message, get)
      made.set(name, view)
    }
    return view
  }
  return get
}

type Get = (name: string) => TypeView

/** Messages hold themselves (JSONSchemaProps), so a message's fields are looked at when they are asked for. */
function messageView(
  name: string,
  mapType: string | undefined,
  message: (name: string) => Message,
  get: Get,
): TypeView {
  let map: MapView | undefined
  return {
    get map() {
      map ??= messageMap(message(name), mapType, message, get)
      return map
    },
  }
}

function messageMap(
  shape: Message,
  mapType: string | undefined,
  message: (name: string) => Message,
  get: Get,
): MapView {
  const fields = shape.fields.map(field => fieldView(field, message, get))
  if (shape.hasKind) for (const name of ['apiVersion', 'kind']) fields.push(kindField(name))
  fields.sort((a, b) => compareUtf8(a.name, b.name))
  const byName = new Map(fields.map(field => [field.name, field]))
  return {
    atomic: mapType === undefined ? shape.atomic : mapType === 'atomic',
    fields,
    field: name => byName.get(name),
    neverEmpty: fields.some(({ optional }) => !optional),
    // an object without declared fields is free-form
    item: fields.length === 0 ? deduced : undefined,
  }
}

const stringView: TypeView = { scalar: { kind: 'string' } }

const kindField = (name: string): FieldView => ({
  name,
  element: fieldElement(name),
  type: stringView,
  optional: true,
  typed: value => (value === null || value === '' ? undefined : value),
})

function fieldView(field: Field, message: (name: string) => Message, get: Get): FieldView {
  const { name } = field
  const fallback = keyDefault(field)
  const typed = typedValue(field)
  return {
    name,
    element: fieldElement(name),
    type: viewOf(field.type, field.extras, message, get),
    ...(fallback === undefined ? {} : { default: fallback }),
    optional: typed(undefined) === undefined,
    typed,
  }
}

const zeros: Readonly<Partial<Record<Scalar, string | number | boolean>>> = {
  string: '',
  bytes: '',
  bool: false,
  int32: 0,
  int64: 0,
  float64: 0,
}

/** As upstream's OpenAPI says: what is always written has its zero value as the default. */
function keyDefault({ type, extras, omitEmpty, pointer }: Field): string | number | boolean | undefined {
  const given = extras.default
  if (typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean') return given
  return type.of === 'scalar' && type.scalar !== 'bytes' && !omitEmpty && !pointer ? zeros[type.scalar] : undefined
}

/** Follows `compile-encoder.ts`: a value is there when it would be written. */
function typedValue({ type, omitEmpty, omitZero, pointer }: Field): FieldView['typed'] {
  if (pointer) return omitEmpty ? value => value ?? undefined : value => value ?? null
  if (type.of === 'message' || type.of === 'choice')
    return omitZero ? value => (isEmpty(value) ? undefined : value) : value => value ?? empty
  if (type.of === 'list' || type.of === 'map')
    return omitEmpty ? value => (isEmpty(value) ? undefined : value) : value => value ?? null
  const zero = zeros[type.scalar]
  if (zero === undefined) {
    if (omitZero) return value => value ?? undefined
    const written = zeroOfSpecial(type.scalar)
    return value => value ?? written
  }
  const missing = type.scalar === 'bytes' ? null : zero
  return omitEmpty
    ? value => (value === null || value === zero ? undefined : value)
    : value => (value === undefined || value === null ? missing : value)
}

const empty = Object.freeze({})

function zeroOfSpecial(scalar: Scalar): string | number | null {
  if (scalar === 'Quantity') return '0'
  if (scalar === 'Duration') return '0s'
  return scalar === 'IntOrString' ? 0 : null
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  for (const _ in value as object) return false
  return true
}

function viewOf(type: FieldType, extras: FieldExtras, message: (name: string) => Message, get: Get): TypeView {
  if (type.of === 'message')
    return extras.map === undefined ? get(type.name) : messageView(type.name, extras.map, message, get)
  if (type.of === 'scalar') return scalarViews[type.scalar]
  // upstream's documents give these no type: what they are shows in the value
  if (type.of === 'choice') return deduced
  const item = viewOf(type.item, {}, message, get)
  if (type.of === 'list') return { list: listView(item, extras) }
  return { map: { atomic: extras.map === 'atomic', fields: [], field: () => undefined, item, neverEmpty: false } }
}

/** What the markers say; where there are none, the older ones of strategic merge. Lists are atomic otherwise. */
function listView(item: TypeView, { list, keys = [], strategy, mergeKey }: FieldExtras): ListView {
  if (list !== undefined) return { atomic: list === 'atomic', keys: list === 'map' ? keys : [], item }
  const merges = strategy?.split(',').includes('merge') === true
  return { atomic: !merges, keys: merges && mergeKey !== undefined ? [mergeKey] : [], item }
}

const untyped = (canonical?: ScalarView['canonical']): TypeView => ({
  scalar: { kind: 'untyped', ...(canonical === undefined ? {} : { canonical }) },
})
const numeric: TypeView = { scalar: { kind: 'numeric' } }

const scalarViews: Readonly<Record<Scalar, TypeView>> = {
  string: stringView,
  bytes: stringView,
  Duration: stringView,
  bool: { scalar: { kind: 'boolean' } },
  int32: numeric,
  int64: numeric,
  float64: numeric,
  IntOrString: untyped(),
  Quantity: untyped(value => quantityText(value as string | number | bigint)),
  Time: untyped(value => canonicalTime(value as string)),
  MicroTime: untyped(value => canonicalMicroTime(value as string)),
  FieldsV1: untypedAtomic,
  RawExtension: untypedAtomic,
  JSON: deduced,
}
