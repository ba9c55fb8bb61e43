/** Reads protobuf's wire format. Throws `unexpected EOF` when the bytes end too early. */
export class ProtobufReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  tag(): { number: number; wire: number } {
    const value = Number(this.varint())
    return { number: value >>> 3, wire: value & 7 }
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new Error('unexpected EOF')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new Error('proto: integer overflow')
  }

  bytes(): Uint8Array {
    const length = Number(this.varint())
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Error('unexpected EOF')
    const value = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return value
  }

  string(): string {
    const value = this.bytes()
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
  }

  double(): number {
    if (this.#at + 8 > this.#bytes.length) throw new Error('unexpected EOF')
    const value = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, 8).readDoubleLE()
    this.#at += 8
    return value
  }

  skip(wire: number): void {
    if (wire === 0) this.varint()
    else if (wire === 1) this.#at += 8
    else if (wire === 2) this.bytes()
    else if (wire === 5) this.#at += 4
    else throw new Error(`proto: illegal wireType ${wire}`)
    if (this.#at > this.#bytes.length) throw new Error('unexpected EOF')
  }
}
