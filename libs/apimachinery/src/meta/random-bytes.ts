import { randomFillSync } from 'node:crypto'

/** Asked for in numbers: a call of the system's generator costs as much as a dozen ids. */
const pool = Buffer.allocUnsafeSlow(4096)
let used = pool.length

/** One that nobody can guess. */
export function randomByte(): number {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  return pool[used++] as number
}

/** An integer below `below`, at most 256, each as likely as any other. */
export function randomBelow(below: number): number {
  const most = 256 - (256 % below)
  for (;;) {
    const byte = randomByte()
    if (byte < most) return byte % below
  }
}
