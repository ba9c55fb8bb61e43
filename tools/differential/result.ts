import type { Difference } from './compare.ts'
import type { Request } from './exchange.ts'

/**
 * `equal` and `different` are answers that were compared; `absent` what kubets does not serve at all; `broken` a body of the corpus
 * that upstream refuses although it should be valid; `unasked` a request that needs an object which was never made.
 */
export type Outcome = 'equal' | 'different' | 'absent' | 'broken' | 'unasked'

export interface Result {
  /** `apps/v1 deployments`, or a part of the surface that is no kind. */
  kind: string
  verb: string
  about: string
  outcome: Outcome
  request?: Request
  differences?: readonly Difference[]
  /** Why it is broken. */
  note?: string
}
