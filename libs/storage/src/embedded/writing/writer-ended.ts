/** The thread is gone, or the disk refused a write: nobody knows what became of the last commit, and nothing can be built on it. */
export class WriterEndedError extends Error {
  override readonly name = 'WriterEndedError'

  static of(cause: unknown): WriterEndedError {
    return cause instanceof WriterEndedError ? cause : new WriterEndedError(messageOf(cause))
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
