const slabBytes = 256 * 1024

let slab = Buffer.allocUnsafeSlow(slabBytes)
let used = 0

/**
 * Room for a ciphertext. It lives until the store has written it, so that many share one allocation: each of its own would cost the garbage
 * collector more than the encryption does. Not for what is kept: a slab is free when all of it is.
 */
export function takeBytes(length: number): Buffer {
  if (length > slabBytes / 4) return Buffer.allocUnsafeSlow(length)
  if (used + length > slabBytes) {
    slab = Buffer.allocUnsafeSlow(slabBytes)
    used = 0
  }
  const taken = slab.subarray(used, used + length)
  used += length
  return taken
}
