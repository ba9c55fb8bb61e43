/** The polynomial of gzip's CRC, lowest power in the highest bit. */
const polynomial = 0xedb88320
const one = 0x80000000

/** a·b modulo the polynomial. */
function product(a: number, b: number): number {
  let sum = 0
  let shifted = b
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) sum ^= shifted
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ polynomial
  }
  return sum >>> 0
}

/** x to the powers 1, 2, 4, 8, … */
const squares: readonly number[] = (() => {
  const all = [one >>> 1]
  while (all.length < 32) {
    const last = all.at(-1) as number
    all.push(product(last, last))
  }
  return all
})()

/** What `bytes` further bytes make of a CRC, before their own is added: x to the power of their bits. */
export function crcShift(bytes: number): number {
  let shift = one
  for (let left = bytes, power = 3; left > 0; left = Math.floor(left / 2), power++)
    // x to the power 2^32-1 is 1, so the powers come again after 32
    if (left % 2 === 1) shift = product(squares[power % 32] as number, shift)
  return shift
}

/** The CRC of two texts, one after the other: `shift` is {@link crcShift} of the second one's length. */
export function joinCrc(first: number, second: number, shift: number): number {
  return (product(shift, first) ^ second) >>> 0
}
