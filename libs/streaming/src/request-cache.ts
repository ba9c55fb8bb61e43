import { randomBytes } from 'node:crypto'
import type { Clock } from '@kubets/component'
import { StreamRequestError } from './contract.ts'

/** Upstream's numbers: how long an unused URL lives, and how many there may be. Past the bound a new request is refused. */
const timeToLive = 60_000
const maxInFlight = 1000

/** Requests that wait for their client, each under a random token that is good for one use. */
export class RequestCache<T> {
  readonly #clock: Clock
  /** In order of insertion, which is the order of expiry. */
  readonly #entries = new Map<string, { request: T; expires: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  insert(request: T): string {
    const now = this.#clock.now()
    for (const [token, entry] of this.#entries) {
      if (entry.expires >= now) break
      this.#entries.delete(token)
    }
    if (this.#entries.size >= maxInFlight)
      throw new StreamRequestError('ResourceExhausted', 'maximum number of in-flight requests exceeded')
    let token: string
    // 16 bytes where upstream has 6: the token is all that stands between another process of the node and the command
    do token = randomBytes(16).toString('base64url')
    while (this.#entries.has(token))
    this.#entries.set(token, { request, expires: now + timeToLive })
    return token
  }

  /** The request, once. */
  consume(token: string): T | undefined {
    const entry = this.#entries.get(token)
    this.#entries.delete(token)
    return entry !== undefined && entry.expires >= this.#clock.now() ? entry.request : undefined
  }
}
