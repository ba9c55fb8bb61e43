/** `[[:alpha:]]`, as JavaScript's classes have it. */
export const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

/** JavaScript's name of a category or script. */
export function unicodeClass(name: string): string | undefined {
  return [name, `Script=${name}`].find(one => {
    try {
      return new RegExp(`\\p{${one}}`, 'u') !== undefined
    } catch {
      return false
    }
  })
}

/** What is wrong with a pattern of Go's, without the words that Go puts before it. */
export function syntaxError(pattern: string): string | undefined {
  let depth = 0
  // the text of the last operator that repeats, while nothing else came after it
  let repeated = ''
  let canRepeat = false
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at)
    const char = rest[0] ?? ''
    const repeat = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(rest)?.[0]
    if (repeat !== undefined) {
      if (repeated !== '') return `invalid nested repetition operator: \`${repeated}${repeat}\``
      if (!canRepeat) return `missing argument to repetition operator: \`${repeat}\``
      if (tooOften(repeat)) return `invalid repeat count: \`${repeat}\``
      repeated = repeat
      at += repeat.length
      continue
    }
    repeated = ''
    canRepeat = true
    if (char === '[') {
      const end = classEnd(rest)
      if (typeof end === 'string') return end
      at += end
    } else if (char === '\\') {
      const used = escapeLength(rest)
      if (typeof used === 'string') return used
      at += used
    } else if (char === '(') {
      const group = groupStart(rest)
      if ('error' in group) return group.error
      if (group.opens) depth++
      canRepeat = false
      at += group.length
    } else if (char === ')') {
      if (depth === 0) return `unexpected ): \`${pattern}\``
      depth--
      at++
    } else {
      if (char === '|') canRepeat = false
      at++
    }
  }
  return depth > 0 ? `missing closing ): \`${pattern}\`` : undefined
}

function tooOften(repeat: string): boolean {
  const [, low = '0', high = ''] = /^\{(\d+)(?:,(\d*))?\}/.exec(repeat) ?? []
  return Number(low) > 1000 || Number(high) > 1000 || (high !== '' && Number(high) < Number(low))
}

function groupStart(rest: string): { length: number; opens: boolean } | { error: string } {
  if (!rest.startsWith('(?')) return { length: 1, opens: true }
  const named = /^\(\?P?<([^>]*)>/.exec(rest)
  if (named !== null) {
    return /^\w+$/.test(named[1] ?? '')
      ? { length: named[0].length, opens: true }
      : { error: `invalid named capture: \`${named[0]}\`` }
  }
  if (/^\(\?P?</.test(rest)) return { error: `invalid named capture: \`${rest}\`` }
  const flags = /^\(\?[imsU]*(?:-[imsU]+)?([:)])/.exec(rest)
  if (flags !== null && flags[0] !== '(?)') return { length: flags[0].length, opens: flags[1] === ':' }
  const shown = /^\(\?[imsU-]*[\s\S]?/.exec(rest)?.[0] ?? '(?'
  return { error: `invalid or unsupported Perl syntax: \`${shown}\`` }
}

const escapes =
  /^\\(?:[pP](?:[A-Z]|\{\^?\w+\})|x(?:[0-9A-Fa-f]{2}|\{[0-9A-Fa-f]{1,6}\})|[0-7]{2,3}|Q[\s\S]*?(?:\\E|$)|[AabBCdDfnrsStvwWz0E]|[^A-Za-z0-9])/u

function escapeLength(rest: string): number | string {
  if (rest.length === 1) return 'trailing backslash at end of expression: ``'
  const used = escapes.exec(rest)?.[0]
  const name = /^\\[pP]\{\^?(\w+)\}$/.exec(used ?? '')?.[1]
  if (used !== undefined && (name === undefined || unicodeClass(name) !== undefined)) return used.length
  if (/^\\[pP]/.test(rest)) return `invalid character class range: \`${/^\\.(?:\{[^}]*\}?|.)?/.exec(rest)?.[0]}\``
  return `invalid escape sequence: \`${/^\\[\s\S]/u.exec(rest)?.[0]}\``
}

/** Where a `[…]` ends. */
function classEnd(rest: string): number | string {
  let at = rest[1] === '^' ? 2 : 1
  // a bracket that comes first is one of the characters
  for (let first = true; first || rest[at] !== ']'; first = false) {
    if (at >= rest.length) return `missing closing ]: \`${rest}\``
    const named = /^\[:\^?\w+:\]/.exec(rest.slice(at))?.[0]
    if (named !== undefined) {
      if (posixClasses[named.replace(/\W/g, '')] === undefined) return `invalid character class range: \`${named}\``
      at += named.length
      continue
    }
    const low = oneOfClass(rest, at)
    if (typeof low === 'string') return low
    at = low.end
    if (rest[at] !== '-' || rest[at + 1] === ']' || at + 1 >= rest.length || low.code === undefined) continue
    const high = oneOfClass(rest, at + 1)
    if (typeof high === 'string') return high
    if (high.isClass) return `invalid escape sequence: \`${rest.slice(high.start, high.start + 2)}\``
    if (high.code === undefined || high.code < low.code) {
      return `invalid character class range: \`${rest.slice(low.start, high.end)}\``
    }
    at = high.end
  }
  return at + 1
}

interface ClassItem {
  readonly start: number
  readonly end: number
  readonly code: number | undefined
  /** It stands for several characters. */
  readonly isClass: boolean
}

function oneOfClass(rest: string, start: number): ClassItem | string {
  if (rest[start] !== '\\') {
    const code = rest.codePointAt(start) ?? 0
    return { start, end: start + (code > 0xffff ? 2 : 1), code, isClass: false }
  }
  const used = escapeLength(rest.slice(start))
  if (typeof used === 'string') return used
  const text = rest.slice(start, start + used)
  const code = codeOf(text)
  return { start, end: start + used, code, isClass: /^\\[dDsSwWpP]/.test(text) }
}

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }

/** The character that an escape stands for. */
function codeOf(sequence: string): number | undefined {
  const [, char = ''] = sequence
  if (sequence.length === 2 && !/[a-zA-Z0-9]/.test(char)) return char.charCodeAt(0)
  if (char === 'x') return Number.parseInt(sequence.replace(/[^0-9A-Fa-f]/g, ''), 16)
  if (/^\\[0-7]/.test(sequence)) return Number.parseInt(sequence.slice(1), 8)
  return controls[char]
}
