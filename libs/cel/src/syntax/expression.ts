/** The tree of a parsed expression. Ids are unique in one expression; `at` is the offset in code points that errors point at. */
export type Expression =
  | Literal
  | Identifier
  | Select
  | Call
  | ListLiteral
  | MapLiteral
  | StructLiteral
  | Comprehension
  | Unspecified

interface Node {
  id: number
  at: number
}

export type LiteralValue = null | boolean | string | number | bigint | Uint8Array | { uint: bigint }

export interface Literal extends Node {
  kind: 'literal'
  value: LiteralValue
}

export interface Identifier extends Node {
  kind: 'identifier'
  name: string
}

export interface Select extends Node {
  kind: 'select'
  operand: Expression
  field: string
  /** What `has()` makes. */
  testOnly: boolean
}

export interface Call extends Node {
  kind: 'call'
  function: string
  target?: Expression | undefined
  arguments: Expression[]
}

export interface ListLiteral extends Node {
  kind: 'list'
  elements: Expression[]
  /** Which elements are `?optional`. */
  optional: ReadonlySet<number>
}

export interface MapEntry extends Node {
  key: Expression
  value: Expression
  optional: boolean
}

export interface MapLiteral extends Node {
  kind: 'map'
  entries: MapEntry[]
}

export interface StructField extends Node {
  name: string
  value: Expression
  optional: boolean
}

export interface StructLiteral extends Node {
  kind: 'struct'
  typeName: string
  fields: StructField[]
}

/** What the macros become: a fold over a list or a map. */
export interface Comprehension extends Node {
  kind: 'comprehension'
  range: Expression
  variable: string
  /** Set for comprehensions over keys (indices) and values. */
  variable2?: string | undefined
  accumulator: string
  initial: Expression
  condition: Expression
  step: Expression
  result: Expression
}

/** Stands where a syntax error was. */
export interface Unspecified extends Node {
  kind: 'unspecified'
}

/** The accumulator of macros: no name that an expression can write. */
export const hiddenAccumulator = '@result'
/** Its former name, which iteration variables still may not have. */
export const formerAccumulator = '__result__'
