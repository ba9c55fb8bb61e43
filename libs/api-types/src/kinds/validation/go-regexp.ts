import { createContext, Script } from 'node:vm'
import { posixClasses, syntaxError, unicodeClass } from './go-regexp-syntax.ts'

/**
 * What Go's regexp says is wrong with a pattern, or undefined. Go has RE2's syntax: no look-around and no back references, and its
 * own classes and flags. {@link goRegexp} makes a JavaScript one of a pattern that is right.
 */
export function goRegexpError(pattern: string): string | undefined {
  const wrong = syntaxError(pattern)
  return wrong === undefined ? undefined : `error parsing regexp: ${wrong}`
}

const made = new Map<string, RegExp | undefined>()

/** The pattern in JavaScript; undefined where it is no pattern. A thousand are kept, as long as they are not long. */
export function goRegexp(pattern: string): RegExp | undefined {
  if (pattern.length > 1000) return syntaxError(pattern) === undefined ? compiled(pattern) : undefined
  if (made.has(pattern)) return made.get(pattern)
  if (made.size >= 1000) made.clear()
  const regexp = syntaxError(pattern) === undefined ? compiled(pattern) : undefined
  made.set(pattern, regexp)
  return regexp
}

/** Go matches in linear time; here a pattern that backtracks without end is given up. In milliseconds, for one match. */
const longestMatch = 100
/** For all matches of one turn of the event loop, which is one request or less: what comes later is given up at once. */
const longestTurn = 1000
let spent = 0

const match = new Script('regexp.test(text)')
const inputs: { regexp?: RegExp; text?: string } = createContext({})

/**
 * The pattern matches somewhere in the text. What is given up for its time counts as not matching. For rare checks: each call has a
 * watchdog.
 */
export function matchesGoRegexp(pattern: string, text: string): boolean {
  const regexp = goRegexp(pattern)
  if (regexp === undefined || spent > longestTurn) return false
  if (spent === 0) {
    setImmediate(() => {
      spent = 0
    })
  }
  const start = performance.now()
  try {
    Object.assign(inputs, { regexp, text })
    return match.runInContext(inputs, { timeout: longestMatch }) === true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false
    throw error
  } finally {
    spent += performance.now() - start
  }
}

function compiled(pattern: string): RegExp | undefined {
  let flags = 'u'
  const source = pattern
    .replace(/^\(\?([ims]+)\)/, (_, letters: string) => {
      flags += letters
      return ''
    })
    .replace(/\\Q([\s\S]*?)(\\E|$)/g, (_, text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .replace(/\(\?P</g, '(?<')
    .replace(/\[:(\^?)(\w+):\]/g, (_, not: string, name: string) => (not ? '' : (posixClasses[name] ?? '')))
    .replace(/\\([\s\S])/g, (all, char: string) => {
      if (char === 'A') return '^'
      if (char === 'z') return '$'
      if (char === 'a') return '\\x07'
      // the u flag takes escapes of nothing but syntax characters
      return /[A-Za-z0-9^$\\.*+?()[\]{}|/-]/.test(char) ? all : char
    })
    .replace(/\\([pP])([A-Z])(?![a-z])/g, '\\$1{$2}')
    .replace(/\\([pP])\{(\^?)(\w+)\}/g, (_, letter: string, not: string, name: string) => {
      const negated = (letter === 'P') !== (not !== '')
      return `\\${negated ? 'P' : 'p'}{${unicodeClass(name) ?? name}}`
    })
    .replace(/\\x\{([0-9A-Fa-f]+)\}/g, '\\u{$1}')
    .replace(/\\s/g, '[\\t\\n\\f\\r ]')
  try {
    return new RegExp(source, flags)
  } catch {
    return withoutUnicode(source, flags)
  }
}

/** `{` and `]` may stand for themselves in Go, as they may in JavaScript without its u flag. */
function withoutUnicode(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags.replace('u', ''))
  } catch {
    return undefined
  }
}
