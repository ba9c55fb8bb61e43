import type { Builder } from './builder.ts'
import type { Expected } from './expected.ts'
import type { Expression } from './expression.ts'
import type { TokenStream } from './token-stream.ts'

/** What the rules share; most lead back to an expression. */
export interface Grammar {
  readonly tokens: TokenStream
  readonly make: Builder
  expression(after: Expected): Expression
}
