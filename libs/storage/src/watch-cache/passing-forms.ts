import type { Clock } from '@kubets/component'
import { FormCache, type FormHolder } from './form-cache.ts'

/** Gone so long after somebody last asked for any of them, ms. */
const idle = 60_000

/** Forms of many bytes that are asked for in quick succession or not at all, as when everybody lists everything after a start. */
export class PassingForms {
  readonly #forms: FormCache
  readonly #clock: Clock
  #usedAt = 0
  #cancel: (() => void) | undefined

  constructor(maxBytes: number, clock: Clock) {
    this.#forms = new FormCache(maxBytes)
    this.#clock = clock
  }

  get bytes(): number {
    return this.#forms.bytes
  }

  keep(holder: FormHolder, name: string, made: Uint8Array): Uint8Array {
    this.used()
    this.#cancel ??= this.#clock.after(idle, () => this.#look())
    return this.#forms.keep(holder, name, made)
  }

  used(): void {
    this.#usedAt = this.#clock.now()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#forms.clear()
  }

  #look(): void {
    const left = this.#usedAt + idle - this.#clock.now()
    if (left > 0) this.#cancel = this.#clock.after(left, () => this.#look())
    else this.stop()
  }
}
