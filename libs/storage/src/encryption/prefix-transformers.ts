import type { TransformationMetrics } from './metrics.ts'
import { joined, type Opened, type Place, type Transformer } from './transformer.ts'

/** A transformer, and what its values begin with. Without a prefix it reads what nobody wrote in cipher. */
export interface Prefixed {
  prefix: string
  transformer: Transformer
}

interface Choice {
  readonly name: string
  readonly prefix: Buffer
  readonly transformer: Transformer
}

/**
 * The first of its list writes; each that fits may read. Several have one prefix when a provider is configured twice with different keys:
 * one that fails does not keep the next from trying.
 */
export class PrefixTransformers implements Transformer {
  readonly #choices: readonly [Choice, ...Choice[]]
  readonly #none: string
  readonly #metrics: TransformationMetrics
  #head: { before: Uint8Array; whole: Uint8Array } | undefined

  constructor(none: string, choices: readonly Prefixed[], metrics: TransformationMetrics) {
    const [first, ...others] = choices.map(({ prefix, transformer }) => ({
      name: prefix,
      prefix: Buffer.from(prefix),
      transformer,
    }))
    if (first === undefined) throw new Error('no transformers are given')
    this.#choices = [first, ...others]
    this.#none = none
    this.#metrics = metrics
  }

  seal(plain: Uint8Array, place: Place, head: Uint8Array): Uint8Array {
    const started = performance.now()
    const { name, transformer } = this.#choices[0]
    try {
      const sealed = transformer.seal(plain, place, this.#headAfter(head))
      this.#metrics.record(place.resource, 'to_storage', name, started, undefined)
      return sealed
    } catch (error) {
      this.#metrics.record(place.resource, 'to_storage', name, started, error)
      throw error
    }
  }

  /** There is one in front of us, always the same. */
  #headAfter(head: Uint8Array): Uint8Array {
    if (this.#head?.before !== head)
      this.#head = { before: head, whole: Buffer.concat([head, this.#choices[0].prefix]) }
    return this.#head.whole
  }

  open(stored: Uint8Array, place: Place): Opened | Promise<Opened> {
    return this.#openFrom(0, [], stored, place, performance.now())
  }

  #openFrom(
    from: number,
    errors: unknown[],
    stored: Uint8Array,
    place: Place,
    started: number,
  ): Opened | Promise<Opened> {
    for (let i = from; i < this.#choices.length; i++) {
      const { name, prefix, transformer } = this.#choices[i] as Choice
      if (!beginsWith(stored, prefix)) continue
      const opened = (one: Opened): Opened => {
        this.#metrics.record(place.resource, 'from_storage', name === '' ? 'identity' : name, started, undefined)
        return one.stale || i === 0 ? one : { value: one.value, stale: true }
      }
      const failed = (error: unknown) => {
        // what has no prefix fails on all that is in cipher: that is for those further down
        if (name === '') return
        this.#metrics.record(place.resource, 'from_storage', name, started, error)
        errors.push(error)
      }
      try {
        const one = transformer.open(stored.subarray(prefix.length), place)
        if (!(one instanceof Promise)) return opened(one)
        return one.then(opened, error => {
          failed(error)
          return this.#openFrom(i + 1, errors, stored, place, started)
        })
      } catch (error) {
        failed(error)
      }
    }
    if (errors.length > 0) throw joined(errors)
    const error = new Error(this.#none)
    this.#metrics.record(place.resource, 'from_storage', 'unknown', started, error)
    throw error
  }
}

export function beginsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false
  return true
}
