import type { PathElement } from './path-element.ts'

/**
 * What apply needs to know of a type. A value may be allowed to have several forms (`untyped`); the one it has decides.
 * Built-in kinds and custom resources both come as these views.
 */
export interface TypeView {
  readonly scalar?: ScalarView
  readonly list?: ListView
  readonly map?: MapView
}

export interface ScalarView {
  readonly kind: 'string' | 'numeric' | 'boolean' | 'untyped'
  /** The one form of values that can be written in several (`1000m` is `1`). */
  readonly canonical?: (value: unknown) => unknown
}

export interface ListView {
  /** Taken as one value. */
  readonly atomic: boolean
  /** The fields that tell items apart; none: the items themselves do (a set). */
  readonly keys: readonly string[]
  readonly item: TypeView
}

export interface MapView {
  readonly atomic: boolean
  /** Declared fields, in the order of their names' bytes. */
  readonly fields: readonly FieldView[]
  field(name: string): FieldView | undefined
  /** What members have that no field declares; undefined: there may be none. */
  readonly item: TypeView | undefined
  /** Go's typed object has members even where JSON has none: some field is always written. */
  readonly neverEmpty: boolean
}

export interface FieldView {
  readonly name: string
  readonly element: PathElement
  readonly type: TypeView
  /** The value that a missing key of a list item stands for. */
  readonly default?: string | number | boolean
  /** Go's typed object may be without it. */
  readonly optional: boolean
  /** What Go's typed object has where JSON has `value`: undefined where it would write nothing, the zero value where it would. */
  typed(value: unknown): unknown
}

/** A value that is applied as one. */
export const untypedAtomic: TypeView = {
  scalar: { kind: 'untyped' },
  get list() {
    return untypedList
  },
  map: {
    atomic: true,
    fields: [],
    field: () => undefined,
    neverEmpty: false,
    get item() {
      return untypedAtomic
    },
  },
}

const untypedList: ListView = { atomic: true, keys: [], item: untypedAtomic }

/** A tree without a schema: maps are granular, lists are not. */
export const deduced: TypeView = {
  scalar: { kind: 'untyped' },
  list: untypedList,
  map: {
    atomic: false,
    fields: [],
    field: () => undefined,
    neverEmpty: false,
    get item() {
      return deduced
    },
  },
}

/** How the values of a walk are to be read. */
export type Form =
  /** As Go's typed objects: what JSON leaves out has its zero value, what is empty may not be there. */
  | 'typed'
  /** As it stands: what is written is there. */
  | 'written'

/** A type can be asked for one form only where the value has it; null and nothing leave the choice to the type. */
export function formOf(type: TypeView, value: unknown): 'map' | 'scalar' | 'list' | 'none' {
  if (value !== null && value !== undefined) {
    if (Array.isArray(value)) {
      if (type.list !== undefined) return 'list'
    } else if (typeof value === 'object') {
      if (type.map !== undefined) return 'map'
    } else if (type.scalar !== undefined) return 'scalar'
  }
  return type.map !== undefined
    ? 'map'
    : type.scalar !== undefined
      ? 'scalar'
      : type.list !== undefined
        ? 'list'
        : 'none'
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A member of the object itself; undefined when there is none. */
export const member = (object: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined
