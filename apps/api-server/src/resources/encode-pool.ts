/** Bytes of a piece that is shared by many texts. */
const pieceSize = 64 * 1024
/** Longer texts have memory of their own. */
const maxShared = 16 * 1024

/**
 * UTF-8 of objects on their way to the store, cut from common pieces: an allocation for each is dear, and each has an address that the
 * store asks for. Only for what is soon let go, as the store lets go when it has committed: what is kept holds its whole piece.
 */
export class EncodePool {
  #piece = Buffer.allocUnsafeSlow(pieceSize)
  #used = 0

  encode(text: string): Buffer {
    // no character has more than three bytes: the usual text is written without being measured
    const length = this.#used + text.length * 3 <= pieceSize ? text.length : Buffer.byteLength(text)
    if (length > maxShared) return Buffer.from(text)
    if (this.#used + length > pieceSize) {
      this.#piece = Buffer.allocUnsafeSlow(pieceSize)
      this.#used = 0
    }
    const from = this.#used
    this.#used += this.#piece.write(text, from, 'utf8')
    return this.#piece.subarray(from, this.#used)
  }
}
