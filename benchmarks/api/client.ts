import type { Asker, Connection } from './connection.ts'

/** Operations that clients share: whoever is free takes the next one. */
export class Work {
  readonly requests: readonly Buffer[]
  /** The status of each answer. */
  readonly expect: number
  /** From sending each to its answer, ms. */
  readonly times: Float64Array
  /** Resolves when all are answered; rejects with the first that fails, and no more are begun. */
  readonly done: Promise<void>
  readonly #outcome = Promise.withResolvers<void>()
  #next = 0
  #left: number

  constructor(requests: readonly Buffer[], expect: number) {
    this.requests = requests
    this.expect = expect
    this.times = new Float64Array(requests.length)
    this.done = this.#outcome.promise
    this.#left = requests.length
    if (this.#left === 0) this.#outcome.resolve()
  }

  /** The next operation's index, which may be one too many. */
  take(): number {
    return this.#next++
  }

  took(i: number, time: number): void {
    this.times[i] = time
    if (--this.#left === 0) this.#outcome.resolve()
  }

  fail(error: unknown): void {
    this.#next = this.requests.length
    this.#outcome.reject(error)
  }
}

/** Sends operations over one connection, one at a time. Nothing is made for any of them: it is told of their answers itself. */
export class Client implements Asker {
  readonly #connection: Connection
  readonly #work: Work
  #operation = 0
  #sentAt = 0

  constructor(connection: Connection, work: Work) {
    this.#connection = connection
    this.#work = work
  }

  /** Sends what is next, if anything is. */
  next(now = performance.now()): void {
    const operation = this.#work.take()
    const request = this.#work.requests[operation]
    if (request === undefined) return
    this.#operation = operation
    this.#sentAt = now
    this.#connection.send(request, this)
  }

  answered(status: number): void {
    const now = performance.now()
    if (status !== this.#work.expect) return void this.#explain(status)
    this.#work.took(this.#operation, now - this.#sentAt)
    this.next(now)
  }

  failed(error: Error): void {
    this.#work.fail(error)
  }

  /** Asks once more, for the answer's text. */
  async #explain(status: number): Promise<void> {
    const operation = this.#operation
    try {
      const again = await this.#connection.request(this.#work.requests[operation] as Buffer, 'keep')
      throw new Error(
        `operation ${operation} was answered with ${status}: ${again.body.toString('utf8').slice(0, 300)}`,
      )
    } catch (error) {
      this.#work.fail(error)
    }
  }
}
