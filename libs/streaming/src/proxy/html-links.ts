import { Transform, type TransformCallback } from 'node:stream'
import { type ProxiedAt, proxiedLink } from './links.ts'

/** Attributes that hold a link, by the element that they are of. */
const linking: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
}
/** Elements in which there are no tags but their own end. */
const withText = new Set('iframe noembed noframes noscript plaintext script style textarea title xmp'.split(' '))
/** Bytes of one tag or comment. What is longer passes as it is, and what follows it is looked at again. */
const longest = 1 << 16

const tagName = /^<([a-z][^\s/>]*)/i
// each name is passed over once, with or without a value: pages of any kind take time in proportion to their length
const attribute = /([^\s"'>/=]+)(?:(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'=<>`]+))?/g

/** Makes links of a page lead through the proxy, as it comes; all else keeps its bytes. Attributes' values are taken as they are written. */
export class HtmlLinks extends Transform {
  readonly #at: ProxiedAt
  /** Begins with a `<` that is not understood yet. Bytes, a character each. */
  #pending = ''
  /** How far it was looked at, and the quote that is open there. */
  #seen = 0
  #quote = ''
  /** The element in whose text we are. */
  #inside: string | undefined

  constructor(at: ProxiedAt) {
    super()
    this.#at = at
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#pending += chunk.toString('latin1')
    done(null, Buffer.from(this.#understood(), 'latin1'))
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.from(this.#pending, 'latin1'))
  }

  #understood(): string {
    let out = ''
    while (this.#pending !== '') {
      const start = this.#pending.indexOf('<')
      out += this.#take(start === -1 ? this.#pending.length : start)
      if (this.#pending === '') break
      const length = this.#lengthOfPiece() ?? (this.#pending.length > longest ? this.#pending.length : undefined)
      if (length === undefined) break
      out += this.#rewritten(this.#take(length))
    }
    return out
  }

  #take(length: number): string {
    const taken = this.#pending.slice(0, length)
    this.#pending = this.#pending.slice(length)
    if (length > 0) {
      this.#seen = 0
      this.#quote = ''
    }
    return taken
  }

  /** Of the comment or tag that `pending` begins with, 1 where it is a mere sign; nothing as long as its end has not come. */
  #lengthOfPiece(): number | undefined {
    const text = this.#pending
    if (this.#inside !== undefined) {
      const end = `</${this.#inside}`
      const head = text.slice(0, end.length).toLowerCase()
      if (head !== end) return head.length < end.length && end.startsWith(head) ? undefined : 1
      this.#inside = undefined
      return end.length
    }
    if (text.length < 4 && '<!--'.startsWith(text)) return undefined
    if (text.startsWith('<!--')) {
      const end = text.indexOf('-->', Math.max(2, this.#seen - 2))
      this.#seen = text.length
      return end === -1 ? undefined : end + 3
    }
    return tagName.test(text) ? this.#lengthOfTag() : 1
  }

  #lengthOfTag(): number | undefined {
    for (; this.#seen < this.#pending.length; this.#seen++) {
      const sign = this.#pending.charAt(this.#seen)
      if (this.#quote !== '') {
        if (sign === this.#quote) this.#quote = ''
      } else if (sign === '>') return this.#seen + 1
      else if (sign === '"' || sign === "'") this.#quote = sign
    }
    return undefined
  }

  #rewritten(piece: string): string {
    const [start = '', name = ''] = tagName.exec(piece) ?? []
    if (name === '' || !piece.endsWith('>')) return piece
    const element = name.toLowerCase()
    if (withText.has(element)) this.#inside = element
    const names = Object.hasOwn(linking, element) ? linking[element] : undefined
    if (names === undefined) return piece
    const rest = piece.slice(start.length)
    return (
      start +
      rest.replace(attribute, (whole: string, key: string, equals?: string, value?: string) => {
        if (equals === undefined || value === undefined || !names.includes(key.toLowerCase())) return whole
        const quote = value.startsWith('"') || value.startsWith("'") ? value.charAt(0) : ''
        const link = quote === '' ? value : value.slice(1, -1)
        return `${key}${equals}${quote}${proxiedLink(link, this.#at)}${quote}`
      })
    )
  }
}
