/** One element of DER: where it begins, where its content is. Content is a view, nothing is copied. */
export interface DerElement {
  readonly tag: number
  /** Header and content. */
  readonly whole: Buffer
  readonly content: Buffer
}

export class DerError extends Error {}

const sequenceTag = 0x30

/** Reads one element from the start. @throws DerError where it is cut short or its length is not DER. */
export function readElement(bytes: Buffer): DerElement {
  const [tag, first] = [bytes[0], bytes[1]]
  if (tag === undefined || first === undefined) throw new DerError('data truncated')
  if ((tag & 0x1f) === 0x1f) throw new DerError('tags of several bytes are not used here')
  let length = first
  let header = 2
  if (first >= 0x80) {
    const count = first & 0x7f
    if (count === 0 || count > 4) throw new DerError('indefinite or too long length')
    if (bytes.length < 2 + count) throw new DerError('data truncated')
    length = bytes.readUIntBE(2, count)
    header = 2 + count
    if (length < 0x80 || (count > 1 && bytes[2] === 0)) throw new DerError('non-minimal length')
  }
  if (bytes.length < header + length) throw new DerError('data truncated')
  return { tag, whole: bytes.subarray(0, header + length), content: bytes.subarray(header, header + length) }
}

/** The elements that follow each other in these bytes. */
export function readAll(bytes: Buffer): DerElement[] {
  const found: DerElement[] = []
  for (let rest = bytes; rest.length > 0; ) {
    const element = readElement(rest)
    found.push(element)
    rest = rest.subarray(element.whole.length)
  }
  return found
}

/** What is inside a SEQUENCE that is all of these bytes. */
export function readSequence(bytes: Buffer): DerElement[] {
  const element = readElement(bytes)
  if (element.tag !== sequenceTag) throw new DerError('sequence tag mismatch')
  if (element.whole.length !== bytes.length) throw new DerError('trailing data')
  return readAll(element.content)
}

/** An OBJECT IDENTIFIER as `1.2.840.…`. */
export function readOid({ tag, content }: DerElement): string {
  if (tag !== 0x06 || content.length === 0) throw new DerError('not an object identifier')
  const numbers: bigint[] = []
  let value = 0n
  for (const byte of content) {
    value = (value << 7n) | BigInt(byte & 0x7f)
    if (byte < 0x80) {
      numbers.push(value)
      value = 0n
    }
  }
  const [first = 0n, ...rest] = numbers
  const top = first < 80n ? first / 40n : 2n
  return [top, first - top * 40n, ...rest].join('.')
}

/** The bits of a BIT STRING of whole bytes. */
export function readBits({ tag, content }: DerElement): Buffer {
  if (tag !== 0x03 || content[0] !== 0) throw new DerError('not a bit string of whole bytes')
  return content.subarray(1)
}
