/** The thread is gone, or the disk refused a write: nobody knows what became of the last commit, and nothing can be built on it. */
export class WriterEndedError extends Error {
  override readonly name = 'WriterEndedError'
}
