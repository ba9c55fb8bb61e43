/** The server could not be reached, or the connection broke before the answer was complete. */
export class ConnectionError extends Error {
  override readonly name: string = 'ConnectionError'
  /** `true` when the server certainly did not act on the request: it may be sent again whatever its verb. */
  readonly refused: boolean

  constructor(message: string, options: { cause?: unknown; refused?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.refused = options.refused ?? false
  }
}

/** The client itself gave up: its owner disposed it, or more requests waited for a connection than it may hold. */
export class ClientUnavailableError extends Error {
  override readonly name = 'ClientUnavailableError'
}

/** Words for a cause: Node's connect errors may be an AggregateError whose own message is empty. */
export function describeCause(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return describeCause(cause.errors[0])
  return cause instanceof Error ? cause.message : String(cause)
}
