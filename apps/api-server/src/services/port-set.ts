import { randomInt } from 'node:crypto'
import type { PortRange } from './port-range.ts'

/** Which ports of a range are taken: a bit for each, lowest port in the last byte's lowest bit, as upstream stores it. */
export class PortSet {
  readonly range: PortRange
  readonly #bits: Uint8Array
  #count = 0

  constructor(range: PortRange, data: Uint8Array = new Uint8Array()) {
    this.range = range
    this.#bits = new Uint8Array(Math.ceil(range.size / 8))
    for (let i = 0; i < Math.min(data.length, this.#bits.length); i++) this.#bits[i] = data[data.length - 1 - i] ?? 0
    for (let i = 0; i < range.size; i++) if (this.#at(i)) this.#count++
  }

  #at(place: number): boolean {
    return ((this.#bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0
  }

  inRange(port: number): boolean {
    return port >= this.range.first && port < this.range.first + this.range.size
  }

  has(port: number): boolean {
    return this.inRange(port) && this.#at(port - this.range.first)
  }

  /** False when it is taken already. The port must lie in the range. */
  take(port: number): boolean {
    if (this.has(port)) return false
    const place = port - this.range.first
    this.#bits[place >> 3] = (this.#bits[place >> 3] ?? 0) | (1 << (place & 7))
    this.#count++
    return true
  }

  release(port: number): void {
    if (!this.has(port)) return
    const place = port - this.range.first
    this.#bits[place >> 3] = (this.#bits[place >> 3] ?? 0) & ~(1 << (place & 7))
    this.#count--
  }

  /** A free port, from above the lower band while there is one. `undefined` when all are taken. */
  free(): number | undefined {
    const { first, size, band } = this.range
    if (this.#count >= size) return undefined
    return this.#freeIn(first + band, size - band) ?? this.#freeIn(first, band)
  }

  #freeIn(first: number, size: number): number | undefined {
    if (size === 0) return undefined
    const start = randomInt(size)
    for (let i = 0; i < size; i++) {
      const port = first + ((start + i) % size)
      if (!this.has(port)) return port
    }
    return undefined
  }

  *taken(): Generator<number, void> {
    for (let i = 0; i < this.range.size; i++) if (this.#at(i)) yield this.range.first + i
  }

  /** Big-endian without leading zeros: what `RangeAllocation.data` holds. */
  bytes(): Uint8Array {
    let length = this.#bits.length
    while (length > 0 && this.#bits[length - 1] === 0) length--
    return this.#bits.slice(0, length).reverse()
  }
}
