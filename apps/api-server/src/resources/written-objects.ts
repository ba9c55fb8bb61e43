import type { KubeObject, ResourceEntry } from '@kubets/api-types'

/** So many at most, which is more than are written at once. */
const most = 512
/** Whoever follows the object is told of it sooner, ms. What lives longer costs the collector more than reading the bytes again. */
const life = 50

interface Written {
  readonly bytes: Uint8Array
  readonly object: KubeObject
}

/**
 * Objects that were just encoded, for those who tell of them in protobuf: a frame made of the object saves reading the bytes again. Only of kinds that
 * somebody follows in protobuf, for a moment, and once.
 */
export class WrittenObjects {
  /** How many follow the kind, by the prefix of its keys. */
  readonly #followers = new Map<string, number>()
  #young = new Map<string, Written>()
  #old = new Map<string, Written>()
  #timer: NodeJS.Timeout | undefined

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** Whoever joins leaves. */
  join({ storagePrefix }: ResourceEntry): void {
    this.#followers.set(storagePrefix, (this.#followers.get(storagePrefix) ?? 0) + 1)
  }

  leave({ storagePrefix }: ResourceEntry): void {
    const left = (this.#followers.get(storagePrefix) ?? 0) - 1
    if (left > 0) this.#followers.set(storagePrefix, left)
    else this.#followers.delete(storagePrefix)
  }

  /** `object` in the stored version, as `bytes` were encoded from it: about to be written. */
  note({ storagePrefix }: ResourceEntry, key: string, bytes: Uint8Array, object: KubeObject): void {
    if (!this.#followers.has(storagePrefix)) return
    if (this.#young.size >= most / 2) this.#age()
    this.#young.set(key, { bytes, object })
    this.#timer ??= setTimeout(this.#aged, life).unref()
  }

  /** What these bytes were encoded from, for the first who asks. */
  take(key: string, bytes: Uint8Array): KubeObject | undefined {
    const written = this.#young.get(key) ?? this.#old.get(key)
    if (written === undefined || Buffer.compare(written.bytes, bytes) !== 0) return undefined
    this.#young.delete(key)
    this.#old.delete(key)
    return written.object
  }

  #age(): void {
    this.#old = this.#young
    this.#young = new Map()
  }

  readonly #aged = (): void => {
    this.#age()
    this.#timer = this.#old.size > 0 ? setTimeout(this.#aged, life).unref() : undefined
  }
}
