import type { Request } from '../exchange.ts'

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind, as they came
export type Json = any

/** What one peer answered before, by the names under which steps keep it. */
export type Kept = ReadonlyMap<string, Json>

/** One request to both peers. */
export interface Step {
  verb: string
  /** What is special about it. Unique within kind and verb. */
  about: string
  /** From what this very peer answered before, where an identifier or a version is needed. Undefined: cannot be asked. */
  request: Request | ((kept: Kept) => Request | undefined)
  /** Keeps the answer's object under this name. */
  keep?: string
  /** Waits so long before it asks, ms: for what the server itself does to an object. */
  after?: number
  /** Asks again until both answer alike, so long at most, ms: each server's own controllers write when it suits them. Only for what changes nothing. */
  within?: number
  /** Upstream must accept it, or the corpus is wrong. */
  valid?: boolean
}

/** Steps of a sequence follow each other; those of a batch change nothing and go side by side. */
export type Phase = { sequence: readonly Step[] } | { batch: readonly Step[] }
