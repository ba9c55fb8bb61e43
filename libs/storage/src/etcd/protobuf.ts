/** Of a message in gRPC's stream of them: whether it is compressed, and four bytes of length. */
const header = 5

/** So many bytes are kept for the length of a part that is written in place. */
const lengthBytes = 4

/**
 * As much of protobuf's wire format as etcd's messages need: varints, bytes and nested messages. Numbers beyond 2^53 occur
 * only as lease ids, and those are read as BigInt.
 */
export class MessageWriter {
  #buffer: Buffer
  /** The first bytes are kept for a header. */
  #length = header

  /** `size` is a guess in bytes; the buffer grows when it is too low. */
  constructor(size = 128) {
    this.#buffer = Buffer.allocUnsafe(size + header)
  }

  /** Default values are left out, as proto3 does. */
  number(field: number, value: number): this {
    if (value === 0) return this
    this.#reserve(20)
    this.#varint(field << 3)
    this.#varint(value)
    return this
  }

  int64(field: number, value: bigint): this {
    if (value === 0n) return this
    this.#reserve(20)
    this.#varint(field << 3)
    let rest = BigInt.asUintN(64, value)
    while (rest >= 0x80n) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#buffer[this.#length++] = Number(rest)
    return this
  }

  flag(field: number, value: boolean): this {
    return this.number(field, value ? 1 : 0)
  }

  bytes(field: number, value: Uint8Array): this {
    this.#reserve(value.length + 20)
    this.#varint((field << 3) | 2)
    this.#varint(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
    return this
  }

  text(field: number, value: string): this {
    const length = Buffer.byteLength(value)
    this.#reserve(length + 20)
    this.#varint((field << 3) | 2)
    this.#varint(length)
    this.#length += this.#buffer.write(value, this.#length, 'utf8')
    return this
  }

  message(field: number, value: MessageWriter): this {
    return this.bytes(field, value.finish())
  }

  /** Begins a nested message that is written in place; `close` ends it with what this returned. */
  open(field: number): number {
    this.#reserve(20)
    this.#varint((field << 3) | 2)
    this.#length += lengthBytes
    return this.#length
  }

  /** Lengths have four bytes, whatever they are: varints may be longer than they need be. */
  close(opened: number): this {
    let length = this.#length - opened
    for (let at = opened - lengthBytes; at < opened - 1; at++) {
      this.#buffer[at] = (length & 0x7f) | 0x80
      length >>>= 7
    }
    this.#buffer[opened - 1] = length
    return this
  }

  finish(): Buffer {
    return this.#buffer.subarray(header, this.#length)
  }

  /** With gRPC's header before it. */
  framed(): Buffer {
    this.#buffer[0] = 0
    this.#buffer.writeUInt32BE(this.#length - header, 1)
    return this.#buffer.subarray(0, this.#length)
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = grown
  }

  #varint(value: number): void {
    while (value >= 0x80) {
      this.#buffer[this.#length++] = (value % 0x80) | 0x80
      value = Math.floor(value / 0x80)
    }
    this.#buffer[this.#length++] = value
  }
}

export class MessageReader {
  readonly #buffer: Buffer
  readonly #end: number
  #at: number
  #wireType = 0

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer
    this.#at = start
    this.#end = end
  }

  /** The next field's number, 0 at the end. */
  next(): number {
    if (this.#at >= this.#end) return 0
    const tag = this.number()
    this.#wireType = tag & 7
    return tag >>> 3
  }

  /** A varint as a number. Negative ones have to be read with `bigint`. */
  number(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
    return value
  }

  bigint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return BigInt.asIntN(64, value)
  }

  /** A view into the message. */
  bytes(): Buffer {
    const length = this.number()
    const start = this.#at
    if (start + length > this.#end) throw new Error('a message from etcd is cut off')
    this.#at += length
    return this.#buffer.subarray(start, this.#at)
  }

  text(): string {
    return this.bytes().toString('utf8')
  }

  message(): MessageReader {
    const length = this.number()
    const start = this.#at
    if (start + length > this.#end) throw new Error('a message from etcd is cut off')
    this.#at += length
    return new MessageReader(this.#buffer, start, this.#at)
  }

  skip(): void {
    if (this.#wireType === 0) while (this.#byte() >= 0x80);
    else if (this.#wireType === 1) this.#at += 8
    else if (this.#wireType === 2) this.bytes()
    else if (this.#wireType === 5) this.#at += 4
    else throw new Error(`a message from etcd has a field of wire type ${this.#wireType}`)
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new Error('a message from etcd is cut off')
    return this.#buffer[this.#at++] as number
  }
}

/** What stands behind gRPC's header. */
export function unframed(bytes: Buffer): Buffer {
  return bytes.subarray(header)
}
