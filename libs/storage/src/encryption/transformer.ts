/** Which kind a value belongs to: what the configuration speaks of. `apps` and `deployments`; the core group is ''. */
export interface GroupResource {
  group: string
  resource: string
}

/** Where a value lies: its key in the store binds what is authenticated, its kind is told to metrics. */
export interface Place {
  key: string
  /** `secrets`, `deployments.apps`. */
  resource: string
}

export interface Opened {
  value: Uint8Array
  /** Written under another key than what is written now: an update that changes nothing writes it anew. */
  stale: boolean
}

/** Between what the api-server means and what the store holds. Errors tell what is missing, never what was read. */
export interface Transformer {
  /** `head` stands in front of what it gives: prefixes, so that no value is copied for them. */
  seal(plain: Uint8Array, place: Place, head: Uint8Array): Uint8Array
  /** A promise only where the key has to be asked for. Throws or rejects when the value cannot be opened. */
  open(stored: Uint8Array, place: Place): Opened | Promise<Opened>
}

/** No head. */
export const nothing = new Uint8Array(0)

/** What stands in the store cannot be opened: the key that it needs is not at hand, or it was damaged. */
export class UnreadableValueError extends Error {
  override readonly name = 'UnreadableValueError'
  readonly key: string
  constructor(key: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.key = key
  }
}

/** Several errors in one, as upstream prints them: each sentence once. */
export function joined(errors: readonly unknown[]): Error {
  const texts = [...new Set(errors.map(error => (error instanceof Error ? error.message : String(error))))]
  if (texts.length === 1) return errors[0] instanceof Error ? errors[0] : new Error(texts[0])
  return new Error(`[${texts.join(', ')}]`, { cause: errors[0] })
}
