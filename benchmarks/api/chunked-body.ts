const cr = 13
const lf = 10
const semicolon = 59

/** Finds the end of a body in chunks (RFC 9112 section 7.1), in whatever pieces it comes. */
export class ChunkedBody {
  /** Of the present chunk's data, and of the line end behind it. */
  #left = 0
  /** Of the next chunk, as far as it is read. */
  #size = 0
  #inExtension = false
  /** The last chunk has come: what follows are lines, of which an empty one is the end. */
  #inTrailers = false
  #lineIsEmpty = true

  /** The index behind its end; -1: more of it is to come. */
  read(memory: Buffer, from: number, to: number): number {
    let at = from
    while (at < to) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, to - at)
        this.#left -= skipped
        at += skipped
        continue
      }
      const byte = memory[at++] as number
      if (byte === cr) continue
      if (!this.#inTrailers) this.#readSize(byte)
      else if (byte !== lf) this.#lineIsEmpty = false
      else if (this.#lineIsEmpty) return at
      else this.#lineIsEmpty = true
    }
    return -1
  }

  #readSize(byte: number): void {
    if (byte === lf) {
      if (this.#size > 0) this.#left = this.#size + 2
      else this.#inTrailers = true
      this.#size = 0
      this.#inExtension = false
    } else if (byte === semicolon) this.#inExtension = true
    else if (!this.#inExtension) {
      const digit = Number.parseInt(String.fromCharCode(byte), 16)
      if (Number.isNaN(digit)) throw new Error('the size of a chunk is no number')
      this.#size = this.#size * 16 + digit
    }
  }
}
