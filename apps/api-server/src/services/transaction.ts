import type { Logger } from '@kubets/component'

/**
 * What one write of a Service takes and gives back. It takes at once and gives back only when the Service is stored: better to leak than to
 * give out twice. What fails here is found by the repair loops.
 */
export class Transaction {
  readonly #logger: Logger
  readonly #onCommit: (() => Promise<void>)[] = []
  readonly #onRevert: (() => Promise<void>)[] = []

  constructor(logger: Logger) {
    this.#logger = logger
  }

  whenStored(step: () => Promise<void>): void {
    this.#onCommit.push(step)
  }

  whenRefused(step: () => Promise<void>): void {
    this.#onRevert.push(step)
  }

  readonly finish = async (stored: boolean): Promise<void> => {
    const steps = stored ? this.#onCommit : this.#onRevert.toReversed()
    for (const step of steps) {
      await step().catch(error => this.#logger.warn({ err: error }, 'Cleaning up after the write of a Service failed'))
    }
  }
}
