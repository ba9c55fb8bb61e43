import { createHash } from 'node:crypto'
import type { Clock } from '@kubets/component'

export interface AnswersOptions<T> {
  clock: Clock
  /** How long an answer holds, ms; 0: it is not kept. */
  timeToLive(answer: T): number
}

/** At the bound the oldest answer goes. */
const maxAnswers = 4_096
/** Questions of the api-server under way; one more is refused. Anybody who reaches the port may ask with a token of their own making. */
const maxAsking = 100

/** Answers of the api-server, kept for a while; who asks the same at the same time shares one. Questions are kept as digests: they may be tokens. */
export class Answers<T> {
  readonly #options: AnswersOptions<T>
  readonly #known = new Map<string, { answer: T; expires: number }>()
  readonly #asking = new Map<string, Promise<T>>()

  constructor(options: AnswersOptions<T>) {
    this.#options = options
  }

  get(question: string, ask: () => Promise<T>): Promise<T> {
    const { clock, timeToLive } = this.#options
    const key = createHash('sha256').update(question).digest('base64')
    const known = this.#known.get(key)
    if (known !== undefined && clock.now() < known.expires) return Promise.resolve(known.answer)
    const waiting = this.#asking.get(key)
    if (waiting !== undefined) return waiting
    if (this.#asking.size >= maxAsking)
      return Promise.reject(new Error('too many questions to the api-server are open'))
    const asked = ask()
      .then(answer => {
        const life = timeToLive(answer)
        this.#known.delete(key)
        if (life > 0) this.#known.set(key, { answer, expires: clock.now() + life })
        if (this.#known.size > maxAnswers) this.#known.delete(this.#known.keys().next().value as string)
        return answer
      })
      .finally(() => this.#asking.delete(key))
    this.#asking.set(key, asked)
    return asked
  }
}
