import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafeSlow(8_192)
let used = pool.length

/** Fills `bytes` with random ones, each of them given out once. Asking the system costs as much as encrypting a kilobyte: it is asked for many at a time. */
export function fillRandom(bytes: Uint8Array): void {
  if (used + bytes.length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const taken = pool.subarray(used, used + bytes.length)
  bytes.set(taken)
  // whoever reads our memory later learns nothing of it
  taken.fill(0)
  used += bytes.length
}
