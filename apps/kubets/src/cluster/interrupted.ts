/** A start that a signal ended; the exit code is the shell's for SIGINT. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly exitCode = 130
  constructor() {
    super('interrupted: everything that had started was stopped')
  }
}
