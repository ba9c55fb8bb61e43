import type { StatusCause, StrategyContext } from '@kubets/api-types'

/** What validation says of an object. */
export interface Verdict {
  /** What is wrong with it; it is warned of nothing then. */
  readonly causes: readonly StatusCause[]
  readonly warnings: readonly string[]
}

/** One question to the thread. Objects go as JSON: copying them as they are takes longer. */
export interface Question {
  readonly id: number
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly object: string
  /** Of an update. */
  readonly old?: string
  readonly context: StrategyContext
}

export type Reply = { readonly id: number } & (
  | { readonly verdict: Verdict; readonly error?: undefined }
  | { readonly error: string }
)
