import type { Clock } from '@kubets/component'

export interface TaintQueueOptions {
  clock: Clock
  /** Nodes a second. */
  rate: number
  /** Taints one node. False: it is tried again in its turn. */
  taint(node: string): Promise<boolean>
}

/**
 * The nodes of a zone that wait to be tainted, so many a second and never two at once. A node that was tainted is remembered, so that
 * it is not tainted again before it has been `remove`d. No more entries than nodes.
 */
export class TaintQueue implements AsyncDisposable {
  readonly #options: TaintQueueOptions
  /** In order of arrival. */
  readonly #waiting = new Set<string>()
  readonly #known = new Set<string>()
  #rate: number
  /** When the next one may go. */
  #next = 0
  #cancel = () => {}
  #work: Promise<void> | undefined
  #ended = false

  constructor(options: TaintQueueOptions) {
    this.#options = options
    this.#rate = options.rate
  }

  /** False when it waits already, or was tainted and not removed since. */
  add(node: string): boolean {
    if (this.#known.has(node)) return false
    this.#known.add(node)
    this.#waiting.add(node)
    this.#arm()
    return true
  }

  /** Nobody taints it any more. */
  remove(node: string): boolean {
    this.#waiting.delete(node)
    return this.#known.delete(node)
  }

  /** Nodes a second from now on; 0: none. */
  set rate(rate: number) {
    if (rate === this.#rate) return
    const now = this.#options.clock.now()
    // who had to wait at the old rate waits a whole turn at the new one: changing it gives nothing away
    const waits = this.#rate <= 0 || this.#next > now
    this.#rate = rate
    this.#next = waits && rate > 0 ? now + 1_000 / rate : now
    this.#arm()
  }

  #arm(): void {
    this.#cancel()
    this.#cancel = () => {}
    if (this.#ended || this.#work !== undefined || this.#rate <= 0 || this.#waiting.size === 0) return
    const left = this.#next - this.#options.clock.now()
    if (left > 0) {
      this.#cancel = this.#options.clock.after(left, () => this.#arm())
      return
    }
    const [node] = this.#waiting as Iterable<string> as [string]
    this.#next = this.#options.clock.now() + 1_000 / this.#rate
    this.#work = this.#taint(node).finally(() => {
      this.#work = undefined
      this.#arm()
    })
  }

  async #taint(node: string): Promise<void> {
    const done = await this.#options.taint(node).catch(() => false)
    // whoever removed it meanwhile and added it again adds it once more with the next look
    if (done) this.#waiting.delete(node)
    else if (this.#waiting.delete(node)) this.#waiting.add(node)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true
    this.#cancel()
    await this.#work
  }
}
