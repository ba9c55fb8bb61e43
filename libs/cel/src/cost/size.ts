/** A size or a cost that lies between two bounds. 64 bits, and no more: what would be greater stays at the greatest. */
export interface Range {
  readonly min: bigint
  readonly max: bigint
}

const greatest = 2n ** 64n - 1n
const capped = (value: bigint) => (value > greatest ? greatest : value)

export const unknown: Range = { min: 0n, max: greatest }
export const fixed = (value: bigint | number): Range => ({ min: BigInt(value), max: BigInt(value) })
export const zero = fixed(0)
export const one = fixed(1)

export const plus = (...ranges: readonly Range[]): Range =>
  ranges.reduce((sum, each) => ({ min: capped(sum.min + each.min), max: capped(sum.max + each.max) }), zero)

export const times = (a: Range, b: Range): Range => ({ min: capped(a.min * b.min), max: capped(a.max * b.max) })

/** Rounded up, in floating point as upstream does it. */
export const scaled = (range: Range, factor: number): Range => ({
  min: scale(range.min, factor),
  max: scale(range.max, factor),
})

function scale(value: bigint, factor: number): bigint {
  const product = Number(value) * factor
  return product >= 2 ** 64 ? greatest : BigInt(Math.ceil(product))
}

export const union = (a: Range, b: Range): Range => ({
  min: lesser(a.min, b.min),
  max: lesser(a.max, b.max, 'greater'),
})

/** `Math.min`, or `Math.max`, of numbers of 64 bits. */
export function lesser(a: bigint, b: bigint, which: 'lesser' | 'greater' = 'lesser'): bigint {
  if (which === 'lesser' ? a < b : a > b) return a
  return b
}
