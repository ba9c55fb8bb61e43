import type { Clock } from '@kubets/component'

interface Planned {
  readonly createdAt: number
  readonly cancel: () => void
}

/** A timer counts to 24 days: a later end is waited for in several. */
const longest = 2 ** 31 - 1

/** The pods that are to go, by key. No more entries than pods on tainted nodes. */
export class Evictions implements AsyncDisposable {
  readonly #clock: Clock
  readonly #evict: (pod: string, due: number) => Promise<void>
  readonly #planned = new Map<string, Planned>()
  readonly #running = new Map<string, Promise<void>>()

  constructor(clock: Clock, evict: (pod: string, due: number) => Promise<void>) {
    this.#clock = clock
    this.#evict = evict
  }

  /** When it was planned that the pod goes, if it is and did not begin to. */
  plannedAt(pod: string): number | undefined {
    return this.#planned.get(pod)?.createdAt
  }

  /** The pod goes at `due`, unless it is planned already or going. */
  plan(pod: string, createdAt: number, due: number): void {
    if (this.#planned.has(pod) || this.#running.has(pod)) return
    const left = due - this.#clock.now()
    if (left > 0) {
      const again = () => {
        this.#planned.delete(pod)
        this.plan(pod, createdAt, due)
      }
      this.#planned.set(pod, { createdAt, cancel: this.#clock.after(Math.min(left, longest), again) })
      return
    }
    const work = this.#evict(pod, due).finally(() => this.#running.delete(pod))
    this.#running.set(pod, work)
  }

  /** False when nothing was planned, or it is too late. */
  cancel(pod: string): boolean {
    const planned = this.#planned.get(pod)
    planned?.cancel()
    return this.#planned.delete(pod)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { cancel } of this.#planned.values()) cancel()
    this.#planned.clear()
    await Promise.all(this.#running.values())
  }
}
