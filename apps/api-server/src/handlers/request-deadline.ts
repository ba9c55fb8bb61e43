import { badRequest } from '@kubets/apimachinery'
import { parseDuration, TransientMap } from '@kubets/component'
import { isLongRunning } from './long-running.ts'
import type { RequestContext, Step } from './request-context.ts'

/** How often the requests that wait are looked at, ms; a deadline ends so much later at most. */
const checkInterval = 1_000

/** `?timeout=` of a request: less than the server's time counts, `0s` and more do not. Throws 400. */
export const ownTimeout: Step = context => {
  const { info } = context
  if (info.query.size === 0 || isLongRunning(info)) return undefined
  const given = info.query.get('timeout')
  if (given === null || given === '') return undefined
  const timeout = parseDuration(given)
  if (timeout === undefined)
    throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(given)}`)
  if (timeout > 0) context.timeout = timeout
  return undefined
}

/**
 * Ends requests that are not answered, or whose answers are not read, in time. One timer looks at all of them.
 * Bound: as many as are open.
 */
export class RequestDeadlines implements Disposable {
  readonly #timeout: number
  readonly #expire: (context: RequestContext) => void
  /** In order of arrival, more or less: those with a time of their own stand beside. */
  readonly #waiting = new TransientMap<RequestContext, true>()
  readonly #own = new Map<RequestContext, NodeJS.Timeout>()
  readonly #timer: NodeJS.Timeout

  /** `expire` is told once of each request whose time is over. */
  constructor(timeout: number, expire: (context: RequestContext) => void) {
    this.#timeout = timeout
    this.#expire = expire
    this.#timer = setInterval(() => this.#check(), Math.min(checkInterval, Math.max(10, timeout / 4))).unref()
  }

  add(context: RequestContext): void {
    if (isLongRunning(context.info)) return
    const { timeout } = context
    if (timeout === undefined || timeout >= this.#timeout) {
      this.#waiting.set(context, true)
      return
    }
    // of a nanosecond nothing is left by now
    const left = Math.max(0, context.receivedAt + timeout - performance.now())
    this.#own.set(
      context,
      setTimeout(() => {
        this.#own.delete(context)
        this.#expire(context)
      }, left).unref(),
    )
  }

  /** It is over. */
  delete(context: RequestContext): void {
    if (this.#waiting.delete(context) || this.#own.size === 0) return
    clearTimeout(this.#own.get(context))
    this.#own.delete(context)
  }

  #check(): void {
    const until = performance.now() - this.#timeout
    for (const context of this.#waiting.keys()) {
      if (context.receivedAt > until) return
      if (this.#waiting.delete(context)) this.#expire(context)
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    for (const timer of this.#own.values()) clearTimeout(timer)
  }
}
