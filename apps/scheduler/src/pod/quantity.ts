const suffixes: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/**
 * A quantity as a number that fits a column, rounded up to whole `unit`s (0.001 for CPU). The server has validated it;
 * anything else counts as 0. Doubles are exact to 2^53, which is 8 PiB in bytes.
 */
export function quantityIn(text: string | number | undefined, unit: 1 | 0.001): number {
  if (text === undefined) return 0
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]i?|Ki))?$/.exec(String(text))
  if (match === null) return 0
  const [, digits = '0', exponent = '', suffix = ''] = match
  const scale = suffixes[suffix]
  if (scale === undefined) return 0
  const value = (Number(digits + exponent) * scale) / unit
  // 0.1 * 1000 and its like must not be rounded up over a binary fraction
  return Math.ceil(Number(value.toPrecision(15)))
}
