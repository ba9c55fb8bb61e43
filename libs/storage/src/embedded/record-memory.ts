/** Bytes of a piece that is shared by many records. */
const pieceSize = 64 * 1024

let piece = Buffer.allocUnsafeSlow(pieceSize)
let used = 0

/**
 * The memory that records are written to on their way to the disk, the same for hundreds of them. A piece that was filled is left to the records
 * that lie in it: the store lets them go when it has committed.
 */
export const memory = { bytes: piece, view: new DataView(piece.buffer) }

/** Where a record of `length` bytes may be written in {@link memory}. */
export function place(length: number): number {
  if (used + length > piece.length) {
    piece = Buffer.allocUnsafeSlow(Math.max(pieceSize, length))
    memory.bytes = piece
    memory.view = new DataView(piece.buffer)
    used = 0
  }
  const at = used
  used += length
  return at
}
