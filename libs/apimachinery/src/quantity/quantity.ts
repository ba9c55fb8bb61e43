/** How a quantity is written: `1500m`, `1536Mi`, `15e2`. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

/** A text that is no quantity; the message is upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError'
}

const formatWrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const shape = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*)([-+]?\d*)$/

const nano = 1_000_000_000n
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
/** Anything above is cut to this, as upstream does. */
const cap = (1n << 63n) - 1n

/** Written forms seen lately: a pod's are read several times on its way, and pods ask for the same. At the bound it begins anew. */
const known = new Map<string, Quantity>()
const maxKnown = 2048
const maxKnownLength = 32

/** A fixed-point number in billionths with the way it was written. Exact; immutable. */
export class Quantity {
  readonly nanos: bigint
  readonly format: QuantityFormat

  constructor(nanos: bigint, format: QuantityFormat) {
    this.nanos = nanos
    this.format = format
  }

  /** Finer than a billionth is rounded away from zero. @throws QuantityError */
  static parse(given: string | number | bigint): Quantity {
    if (typeof given !== 'string') return Quantity.#read(String(given))
    const hit = known.get(given)
    if (hit !== undefined) return hit
    const quantity = Quantity.#read(given.trim())
    if (given.length <= maxKnownLength) {
      if (known.size >= maxKnown) known.clear()
      known.set(given, quantity)
    }
    return quantity
  }

  static #read(text: string): Quantity {
    const match = shape.exec(text)
    if (match === null) throw new QuantityError(formatWrong)
    const [, sign = '', wholeText = '', fractionText = '', letters = '', tail = ''] = match
    const [whole, fraction] = [leading(wholeText), leading(fractionText, '1')]
    if (whole === '' && fraction === '')
      throw new QuantityError(text === '' ? formatWrong : 'unable to parse numeric part of quantity')
    const scale = scaleOf(letters, tail)
    let value = BigInt(whole + fraction) * scale.numerator * nano
    const divisor = 10n ** BigInt(fraction.length) * scale.denominator
    value = (value + divisor - 1n) / divisor
    if (value > cap * nano) value = cap * nano
    return new Quantity(sign === '-' ? -value : value, scale.format)
  }

  static of(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value) * nano, format)
  }

  static ofMilli(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value) * 1_000_000n, format)
  }

  /** Keeps this one's format unless this one is zero. */
  add(other: Quantity): Quantity {
    return new Quantity(this.nanos + other.nanos, this.nanos === 0n ? other.format : this.format)
  }

  sub(other: Quantity): Quantity {
    return new Quantity(this.nanos - other.nanos, this.nanos === 0n ? other.format : this.format)
  }

  neg(): Quantity {
    return new Quantity(-this.nanos, this.format)
  }

  compare(other: Quantity): -1 | 0 | 1 {
    return this.nanos < other.nanos ? -1 : this.nanos > other.nanos ? 1 : 0
  }

  isZero(): boolean {
    return this.nanos === 0n
  }

  sign(): -1 | 0 | 1 {
    return this.nanos < 0n ? -1 : this.nanos > 0n ? 1 : 0
  }

  /** Thousandths, rounded up. */
  toMilli(): bigint {
    return divideUp(this.nanos, 1_000_000n)
  }

  /** Whole units, rounded up. */
  asInt(): bigint {
    return divideUp(this.nanos, nano)
  }

  /** True when it has no fraction. */
  isInteger(): boolean {
    return this.nanos % nano === 0n
  }

  toNumber(): number {
    return Number(this.nanos) / 1e9
  }

  /** Canonical: no fraction, the largest suffix that needs none. */
  toString(): string {
    if (this.nanos === 0n) return '0'
    const value = this.nanos / nano
    const small = value > -1024n && value < 1024n
    if (this.format === 'BinarySI' && !small && this.isInteger()) return binaryText(value)
    let mantissa = this.nanos
    let step = 0
    while (mantissa % 1000n === 0n && step < decimalSuffixes.length - 1) {
      mantissa /= 1000n
      step++
    }
    if (this.format !== 'DecimalExponent') return `${mantissa}${decimalSuffixes[step]}`
    const exponent = step * 3 - 9
    return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`
  }
}

function binaryText(value: bigint): string {
  let step = 0
  while (value % 1024n === 0n && step < binarySuffixes.length - 1) {
    value /= 1024n
    step++
  }
  return `${value}${binarySuffixes[step]}`
}

/** Away from zero, as upstream rounds. */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by
  if (value % by === 0n) return quotient
  return value > 0n ? quotient + 1n : quotient - 1n
}

interface Scale {
  numerator: bigint
  denominator: bigint
  format: QuantityFormat
}

/**
 * The largest exponent has four digits: more digits than this are more than any quantity, before the point, and less than its billionth part behind it. A
 * BigInt of a million digits would take seconds. `rest` stands for what is left out, which rounds up.
 */
const maxDigits = 20_000

function leading(digits: string, rest = ''): string {
  if (digits.length <= maxDigits) return digits
  if (rest !== '') return digits.slice(0, maxDigits) + (/[1-9]/.test(digits.slice(maxDigits)) ? rest : '')
  const significant = digits.replace(/^0+/, '')
  return significant.length > maxDigits ? significant.slice(0, maxDigits) : significant || '0'
}

function scaleOf(letters: string, tail: string): Scale {
  if ((letters === 'e' || letters === 'E') && tail !== '') {
    if (!/^[-+]?\d{1,4}$/.test(tail)) throw new QuantityError("unable to parse quantity's suffix")
    return powerOfTen(Number(tail), 'DecimalExponent')
  }
  if (tail !== '') throw new QuantityError("unable to parse quantity's suffix")
  const decimal = decimalSuffixes.indexOf(letters)
  if (decimal >= 0) return powerOfTen(decimal * 3 - 9, 'DecimalSI')
  const binary = binarySuffixes.indexOf(letters)
  if (binary < 0) throw new QuantityError("unable to parse quantity's suffix")
  return { numerator: 1n << BigInt(binary * 10), denominator: 1n, format: 'BinarySI' }
}

function powerOfTen(exponent: number, format: QuantityFormat): Scale {
  const power = 10n ** BigInt(Math.abs(exponent))
  return exponent < 0 ? { numerator: 1n, denominator: power, format } : { numerator: power, denominator: 1n, format }
}
