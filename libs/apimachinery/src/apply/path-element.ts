/** A value that can select a list item. */
export type ScalarValue = string | number | bigint | boolean | null

/** One step from an object to a field inside it. Two elements are the same when their `text` is. */
export interface PathElement {
  /** Their order in a set: fields, then keys, then values, then indexes. */
  readonly rank: 0 | 1 | 2 | 3
  /** As FieldsV1 writes it: `f:spec`, `k:{"name":"web"}`, `v:"a-finalizer"`, `i:0`. */
  readonly text: string
  /** The field's name; '' for other elements. */
  readonly name: string
  /** Of a key element: the key fields in order of their names. */
  readonly keys?: readonly (readonly [name: string, value: ScalarValue])[]
  /** Of a value or index element. */
  readonly value?: ScalarValue
  /** The text as a JSON member's name, with the colon; made when it is first asked for. */
  quoted?: string
}

/** `"f:name":` */
export function quotedText(element: PathElement): string {
  element.quoted ??= `${JSON.stringify(element.text)}:`
  return element.quoted
}

export const fieldElement = (name: string): PathElement => ({ rank: 0, text: `f:${name}`, name })

export const valueElement = (value: ScalarValue): PathElement => ({
  rank: 2,
  text: `v:${scalarText(value)}`,
  name: '',
  value,
})

export const indexElement = (value: number): PathElement => ({ rank: 3, text: `i:${value}`, name: '', value })

/** `keys` in order of their names. */
export function keyElement(keys: readonly (readonly [name: string, value: ScalarValue])[]): PathElement {
  let text = 'k:{'
  for (const [name, value] of keys) text += `${text.length > 3 ? ',' : ''}${goString(name)}:${scalarText(value)}`
  return { rank: 1, text: `${text}}`, name: '', keys }
}

const scalarText = (value: ScalarValue): string => (typeof value === 'string' ? goString(value) : String(value))

/** A JSON string as Go writes it. The texts of elements are compared, so they have to be the same. */
function goString(value: string): string {
  const text = JSON.stringify(value)
  if (!/[<>&\u2028\u2029\\]/.test(text)) return text
  // escapes are looked at as pairs, so that the second half of one is never taken for the first of another
  return text.replace(/\\.|[<>&\u2028\u2029]/g, part => {
    if (part === '\\b') return '\\u0008'
    if (part === '\\f') return '\\u000c'
    return part.length > 1 ? part : `\\u${part.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Reads the text of an element; undefined for kinds of elements that are not known here, which are dropped. @throws Error when it is malformed. */
export function parsePathElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new Error('key must be 2 characters long:')
  if (text.charCodeAt(1) !== 0x3a) throw new Error(`missing colon: ${text}`)
  const rest = text.slice(2)
  switch (text[0]) {
    case 'f':
      return { rank: 0, text, name: rest }
    case 'v':
      return valueElement(JSON.parse(rest) as ScalarValue)
    case 'i':
      if (!/^[+-]?\d+$/.test(rest)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(rest)}: invalid syntax`)
      return indexElement(Number(rest))
    case 'k': {
      const value: unknown = JSON.parse(rest)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`no keys: ${rest}`)
      return keyElement((Object.entries(value) as [string, ScalarValue][]).sort(([a], [b]) => compareUtf8(a, b)))
    }
    default:
      return undefined
  }
}

/** The order of strings by their UTF-8 bytes, which is Go's. UTF-16 has another one from U+E000 on. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    if (x >= 0xd800 && y >= 0xd800 && isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? 1 : -1
    return x < y ? -1 : 1
  }
  return a.length < b.length ? -1 : 1
}

const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff

/** The order of elements in a set and in FieldsV1. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0
  if (a.rank !== b.rank) return a.rank - b.rank
  if (a.rank === 0) return compareUtf8(a.name, b.name)
  if (a.text === b.text) return 0
  return a.rank === 1 ? compareKeys(a.keys ?? [], b.keys ?? []) : compareScalars(a.value ?? null, b.value ?? null)
}

function compareKeys(a: NonNullable<PathElement['keys']>, b: NonNullable<PathElement['keys']>): number {
  for (let i = 0; ; i++) {
    const [x, y] = [a[i], b[i]]
    if (x === undefined || y === undefined) return x === y ? 0 : x === undefined ? -1 : 1
    const order = compareUtf8(x[0], y[0]) || compareScalars(x[1], y[1])
    if (order !== 0) return order
  }
}

/** Numbers, then strings, booleans, null. */
function compareScalars(a: ScalarValue, b: ScalarValue): number {
  const [x, y] = [scalarRank(a), scalarRank(b)]
  if (x !== y) return x - y
  if (typeof a === 'string') return compareUtf8(a, b as string)
  if (a === null || b === null || a === b) return 0
  return a < b ? -1 : 1
}

function scalarRank(value: ScalarValue): number {
  if (typeof value === 'string') return 1
  if (typeof value === 'boolean') return 2
  return value === null ? 3 : 0
}

/** As conflicts and errors show it: `.spec`, `[name="web"]`, `[="a"]`, `[0]`. */
export function showElement(element: PathElement): string {
  switch (element.rank) {
    case 0:
      return `.${element.name}`
    case 1:
      return `[${(element.keys ?? []).map(([name, value]) => `${name}=${showScalar(value)}`).join(',')}]`
    case 2:
      return `[=${showScalar(element.value ?? null)}]`
    default:
      return `[${element.value}]`
  }
}

const showScalar = (value: ScalarValue) => (typeof value === 'string' ? JSON.stringify(value) : String(value))

export const showPath = (path: readonly PathElement[]): string => path.map(showElement).join('')
