/** Bytes of a piece that is shared by many objects. */
const pieceSize = 64 * 1024
/** Longer objects have memory of their own. */
const maxShared = 16 * 1024

/**
 * Bytes of objects on their way to the store or to a client, cut from common pieces: an allocation for each is dear, and each has an address
 * that the store asks for. Only for what is soon let go, as the store lets go when it has committed: what is kept holds its whole piece.
 */
export class EncodePool {
  #piece = Buffer.allocUnsafeSlow(pieceSize)
  #used = 0

  /** Keeps a copy of what is valid for a moment only. */
  copy(bytes: Uint8Array): Buffer {
    const copy = this.take(bytes.length)
    copy.set(bytes)
    return copy
  }

  /** Memory to write to. */
  take(length: number): Buffer {
    if (length > maxShared) return Buffer.allocUnsafeSlow(length)
    if (this.#used + length > pieceSize) {
      this.#piece = Buffer.allocUnsafeSlow(pieceSize)
      this.#used = 0
    }
    const from = this.#used
    this.#used += length
    return this.#piece.subarray(from, this.#used)
  }
}
