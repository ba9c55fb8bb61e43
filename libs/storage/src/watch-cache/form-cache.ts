/** Something that has made forms of itself. */
export interface FormHolder {
  forms: Map<string, Uint8Array> | undefined
}

/**
 * Bytes made of entries and events at first use (with their resourceVersion, as protobuf, as a watch frame), for all who
 * ask again. At the bound the oldest go; a form larger than an eighth of it is handed out and not kept.
 */
export class FormCache {
  readonly #maxBytes: number
  #queue: { holder: FormHolder; name: string; size: number }[] = []
  #head = 0
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  clear(): void {
    for (let i = this.#head; i < this.#queue.length; i++) {
      const { holder, name } = this.#queue[i] as { holder: FormHolder; name: string }
      holder.forms?.delete(name)
    }
    this.#queue = []
    this.#head = 0
    this.#bytes = 0
  }

  keep(holder: FormHolder, name: string, made: Uint8Array): Uint8Array {
    const size = made.byteLength + 200
    if (size > this.#maxBytes / 8) return made
    // a slice of a larger buffer (Node's pool) would keep all of it
    const bytes = made.buffer.byteLength > made.byteLength + 1024 ? Buffer.from(exactCopy(made)) : made
    holder.forms ??= new Map()
    holder.forms.set(name, bytes)
    this.#queue.push({ holder, name, size })
    this.#bytes += size
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#queue[this.#head++]
      if (!oldest) break
      this.#bytes -= oldest.size
      oldest.holder.forms?.delete(oldest.name)
    }
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
    return bytes
  }
}

function exactCopy(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength)
  new Uint8Array(copy).set(bytes)
  return copy
}
