/**
 * The committed form of the schema tables (`src/tables/*.tables.json`), one file per API group and version, made by
 * `generator/main.ts` from upstream's Go definitions. Facts only: names, types, numbers, tags.
 */
export interface TableFile {
  /** Where the facts come from, with the version. */
  readonly source: string
  /** `io.k8s.api.core.v1` */
  readonly package: string
  /** Enumerated string types and their values. */
  readonly enums: Readonly<Record<string, readonly string[]>>
  readonly messages: Readonly<Record<string, MessageRow>>
}

/** `io.k8s.api.core.v1` → `core.v1`, the first part of the file's name. */
export const tableName = (packageName: string): string => packageName.split('.').slice(-2).join('.')

export interface MessageRow {
  /** Has `kind` and `apiVersion`. */
  readonly kind?: 1
  /** Applied as one value (`x-kubernetes-map-type: atomic`). */
  readonly atomic?: 1
  readonly fields: readonly FieldRow[]
}

/**
 * JSON name, type, protobuf number, flags.
 * Type: `string`, `string:v1.DNSPolicy` (a named string; `string:io.k8s.….Protocol` when it is enumerated), `bool`,
 * `int32`, `int64`, `float64`, `bytes`, `Quantity`, `IntOrString`, `Time`, `MicroTime`, `Duration`, `FieldsV1`,
 * `RawExtension`, `JSON` (any value), `bool|T` `list|T` `strings|T` (a schema, or what stands before the bar), `.Message` of the same file, `io.k8s.….Message`, `[]T`, `map:T`, `map<K>:T` with keys that Go calls K.
 * Flags: `i` inlined into the parent, `o` omitted when empty, `z` omitted when zero, `p` pointer, `r` required.
 */
export type FieldRow =
  | readonly [string, string, number, string]
  | readonly [string, string, number, string, FieldExtras]

export interface FieldExtras {
  readonly default?: unknown
  /** `atomic`, `set` or `map`. */
  readonly list?: string
  readonly keys?: readonly string[]
  readonly map?: string
  /** `merge`, `replace`, `retainKeys`, `merge,retainKeys`. */
  readonly strategy?: string
  readonly mergeKey?: string
  /** A list whose Go type has a name, and so a protobuf message of its own: the items are inside of it. */
  readonly wrapped?: true
}
