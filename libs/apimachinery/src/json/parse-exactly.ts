import { setOwn } from '../patch/own-property.ts'
import { goQuote } from '../status/field-errors.ts'
import type { JsonValue } from './decode-json.ts'

/** A text that is no JSON; the message is Go's. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
}

const whitespace = new Set([' ', '\t', '\n', '\r'])
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y

/** A whole number with more digits is infinite, as one with a large exponent. */
const maxDigits = 400

function shownChar(char: string): string {
  if (char === "'") return String.raw`'\''`
  if (char === '"') return `'"'`
  return `'${goQuote(firstByte(char)).slice(1, -1)}'`
}

/** Go's decoder goes by bytes: of a character it shows the first one, as the character of that number. */
function firstByte(char: string): string {
  const code = char.charCodeAt(0)
  if (code < 0x80) return char
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6))
  const pair = code >= 0xd800 && code < 0xe000
  return String.fromCharCode(pair ? 0xf0 : 0xe0 | (code >> 12))
}

/** Strict JSON, slower than `JSON.parse`: integers stay exact, duplicate members are found, errors are worded as Go's. */
export function parseExactly(text: string): { value: JsonValue; duplicates: string[] } {
  const parser = new Parser(text)
  return { value: parser.document(), duplicates: parser.duplicates }
}

/** Told of each member as it comes in the text; `again`: it was there before; `depth`: in how many objects and lists it is. */
export type VisitMember = (path: string, again: boolean, depth: number) => void

/** Strict JSON as Go reads it into what is there already: an object that stands twice is one with the members of both. */
export function parseTogether(text: string, visit: VisitMember = () => {}): JsonValue {
  return new Parser(text, visit).document()
}

class Parser {
  readonly duplicates: string[] = []
  /** Objects that stand twice are put together. */
  private readonly visit: VisitMember | undefined
  private readonly text: string
  private at = 0
  private path = ''
  private depth = 0

  constructor(text: string, visit?: VisitMember) {
    this.text = text
    this.visit = visit
  }

  document(): JsonValue {
    const value = this.value()
    this.space()
    if (this.at < this.text.length) this.fail('after top-level value')
    return value
  }

  private fail(context: string): never {
    const char = this.text[this.at]
    if (char === undefined) throw new JsonError('unexpected end of JSON input')
    throw new JsonError(`invalid character ${shownChar(char)} ${context}`)
  }

  private space(): void {
    while (whitespace.has(this.text[this.at] ?? '')) this.at++
  }

  private value(): JsonValue {
    this.space()
    const char = this.text[this.at]
    if (char === '{') return this.object()
    if (char === '[') return this.list()
    if (char === '"') return this.string()
    if (char === 't') return this.word('true', true)
    if (char === 'f') return this.word('false', false)
    if (char === 'n') return this.word('null', null)
    if (char === '-' || (char !== undefined && char >= '0' && char <= '9')) return this.number()
    return this.fail('looking for beginning of value')
  }

  private word<T extends JsonValue>(word: string, value: T): T {
    for (let i = 0; i < word.length; i++) {
      if (this.text[this.at] !== word[i]) this.fail(`in literal ${word} (expecting '${word[i]}')`)
      this.at++
    }
    return value
  }

  private number(): number | bigint {
    number.lastIndex = this.at
    const match = number.exec(this.text)
    if (match === null) {
      this.at++
      return this.fail('in numeric literal')
    }
    const [digits] = match
    this.at += digits.length
    const next = this.text[this.at]
    if (next === '.') {
      this.at++
      this.fail('after decimal point in numeric literal')
    }
    if (next === 'e' || next === 'E') {
      this.at += /[-+]/.test(this.text[this.at + 1] ?? '') ? 2 : 1
      this.fail('in exponent of numeric literal')
    }
    const value = Number(digits)
    // no field holds so much, and a BigInt of a million digits takes seconds
    if (digits.length > maxDigits) return value
    // A double that prints as it was written has lost nothing.
    return Number.isSafeInteger(value) || String(value) === digits || !/^-?\d+$/.test(digits) ? value : BigInt(digits)
  }

  private string(): string {
    const start = ++this.at
    let result = ''
    let from = start
    for (;;) {
      const char = this.text[this.at]
      if (char === '"') break
      if (char === undefined || char < ' ') this.fail('in string literal')
      if (char !== '\\') {
        this.at++
        continue
      }
      result += this.text.slice(from, this.at)
      this.at++
      const letter = this.text[this.at] ?? ''
      if (letter === 'u') {
        const hex = /^[0-9a-fA-F]{0,4}/.exec(this.text.slice(this.at + 1, this.at + 5))?.[0] ?? ''
        this.at += 1 + hex.length
        if (hex.length < 4) this.fail('in \\u hexadecimal character escape')
        result += String.fromCharCode(Number.parseInt(hex, 16))
      } else {
        const plain = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
        if (plain === undefined) this.fail('in string escape code')
        result += plain
        this.at++
      }
      from = this.at
    }
    result += this.text.slice(from, this.at)
    this.at++
    return result
  }

  private enter(): void {
    if (++this.depth > 10_000) throw new JsonError('exceeded max depth')
    this.at++
  }

  private list(): JsonValue[] {
    this.enter()
    const items: JsonValue[] = []
    const outer = this.path
    this.space()
    if (this.text[this.at] === ']') this.at++
    else {
      for (;;) {
        this.path = `${outer}[${items.length}]`
        items.push(this.value())
        this.space()
        const char = this.text[this.at]
        if (char !== ',' && char !== ']') this.fail('after array element')
        this.at++
        if (char === ']') break
      }
    }
    this.path = outer
    this.depth--
    return items
  }

  private object(): { [key: string]: JsonValue } {
    this.enter()
    const object: { [key: string]: JsonValue } = {}
    const outer = this.path
    this.space()
    if (this.text[this.at] === '}') this.at++
    else {
      for (;;) {
        this.space()
        if (this.text[this.at] !== '"') this.fail('looking for beginning of object key string')
        const key = this.string()
        this.space()
        if (this.text[this.at] !== ':') this.fail('after object key')
        this.at++
        this.path = outer === '' ? key : `${outer}.${key}`
        const again = Object.hasOwn(object, key)
        if (again) this.duplicates.push(this.path)
        this.visit?.(this.path, again, this.depth)
        const before = again ? object[key] : undefined
        const read = this.value()
        const value = this.visit === undefined ? read : together(before, read)
        if (key === '__proto__') {
          Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
        } else object[key] = value
        this.space()
        const char = this.text[this.at]
        if (char !== ',' && char !== '}') this.fail('after object key:value pair')
        this.at++
        if (char === '}') break
      }
    }
    this.path = outer
    this.depth--
    return object
  }
}

/** The members of both objects; the second value where it is none. */
function together(first: JsonValue | undefined, second: JsonValue): JsonValue {
  if (!isObject(first) || !isObject(second)) return second
  for (const [key, value] of Object.entries(second))
    setOwn(first, key, together(Object.hasOwn(first, key) ? first[key] : undefined, value))
  return first
}

const isObject = (value: JsonValue | undefined): value is { [key: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
