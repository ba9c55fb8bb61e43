import { displayExpected, type Expected } from './expected.ts'
import type { Issue, Source } from './source.ts'
import { kind, type Token, type TokenKind, tokensOf } from './tokens.ts'

/** Ends a rule: what it found cannot be its. The message was not reported yet. */
export class SyntaxMismatch extends Error {
  readonly token: Token
  constructor(message: string, token: Token) {
    super(message)
    this.token = token
  }
}

/** Ends the parsing: there is too much wrong, or too much nesting. */
export class ParsingEnded extends Error {}

const mostReports = 100
const tooMany = `Syntax error: More than ${mostReports} syntax errors`
const mostRecoveries = 30
const deepest = 250

/**
 * The tokens, with the ways to go on after an error that cel-go's parser has (ANTLR's default strategy): one surplus token
 * is dropped, one missing token is made up, and else tokens are skipped until one comes that some open rule waits for.
 * After a report nothing more is reported until a token fits.
 */
export class TokenStream {
  readonly source: Source
  readonly issues: Issue[]
  readonly #tokens: Token[]
  #at = 0
  #recovering = false
  #reports = 0
  #recoveries = 0
  #lastErrorAt = -1
  readonly #lastErrorPlaces = new Set<string>()
  /** What each open rule's caller waits for after it, innermost last. */
  readonly #after: Expected[] = []
  readonly #depths = new Map<string, number>()

  constructor(source: Source, issues: Issue[]) {
    this.source = source
    this.issues = issues
    this.#tokens = tokensOf(source, issues)
    this.#reports = issues.length
    if (issues.length <= mostReports) return
    const { location } = issues[mostReports] as Issue
    issues.splice(mostReports, Number.POSITIVE_INFINITY, { location, message: tooMany })
    // nothing that comes is looked at
    this.#tokens.splice(0, this.#tokens.length - 1)
    this.#recovering = true
  }

  get next(): TokenKind {
    return this.ahead(0)
  }

  get token(): Token {
    return this.#tokens[this.#at] as Token
  }

  ahead(count: number): TokenKind {
    return (this.#tokens[Math.min(this.#at + count, this.#tokens.length - 1)] as Token).kind
  }

  consume(): Token {
    const token = this.token
    if (token.kind !== kind.eof) this.#at++
    return token
  }

  /**
   * A rule begins, after which its caller waits for `after`. Rules call this, `failed` where they end in an error and
   * `close` in any case; they do so themselves, since a function around them would double the depth of the stack.
   */
  open(rule: string, after: Expected): void {
    this.enter(rule)
    this.#after.push(after)
  }

  failed(rule: string, error: unknown): void {
    if (!(error instanceof SyntaxMismatch)) throw error
    this.#report(error.message, error.token)
    this.#recover(rule)
  }

  close(rule: string): void {
    this.#after.pop()
    this.#depths.set(rule, (this.#depths.get(rule) as number) - 1)
  }

  /** Counts how deep a rule is nested in itself. */
  enter(rule: string): void {
    const depth = (this.#depths.get(rule) ?? 0) + 1
    if (depth > deepest) throw new ParsingEnded(`expression recursion limit exceeded: ${deepest}`)
    this.#depths.set(rule, depth)
  }

  /** The token that must come here. `then`: what comes after it. */
  match(wanted: TokenKind, then: Expected): Token {
    if (this.next === wanted) {
      this.#recovering = false
      this.#lastErrorAt = -1
      this.#lastErrorPlaces.clear()
      return this.consume()
    }
    return this.#recoverInline(wanted, then)
  }

  /** Before a choice: what comes must be one of these, or a surplus token before one. */
  sync(choices: Expected): void {
    if (this.#recovering || choices.end || choices.kinds.has(this.next)) return
    if (choices.kinds.has(this.ahead(1))) this.#dropSurplus(choices)
    else throw this.mismatch(choices)
  }

  /** Inside of a repetition: what does not fit is skipped. */
  syncRepetition(choices: Expected): void {
    if (this.#recovering || choices.end || choices.kinds.has(this.next)) return
    const token = this.token
    this.#report(`extraneous input ${display(token)} expecting ${displayExpected(choices.kinds)}`, token)
    this.#skipUntil(new Set([...choices.kinds, ...this.#recoverySet()]))
  }

  mismatch(choices: Expected): SyntaxMismatch {
    return new SyntaxMismatch(
      `mismatched input ${display(this.token)} expecting ${displayExpected(choices.kinds)}`,
      this.token,
    )
  }

  /** No way of a choice goes on: the text from here on to the token that fits none, `count` tokens further. */
  noViableAlternative(count: number): SyntaxMismatch {
    const last = this.#tokens[Math.min(this.#at + count, this.#tokens.length - 1)] as Token
    const text = this.#textTo(last)
    const reserved = /^.(true|false|null)$/s.exec(text)
    const message =
      reserved === null
        ? `no viable alternative at input ${quote(text)}`
        : `mismatched input '${reserved[1]}' expecting IDENTIFIER`
    return new SyntaxMismatch(message, last)
  }

  /** From here to the end of a token, blanks between tokens as they are, but without what is no token. */
  #textTo(last: Token): string {
    if (this.next === kind.eof) return '<EOF>'
    let text = ''
    let end = this.token.start
    for (let at = this.#at; at < this.#tokens.length; at++) {
      const token = this.#tokens[at] as Token
      if (token.kind === kind.eof) break
      const between = this.source.codePoints.slice(end, token.start).join('')
      text += (/^(\s|\/\/.*\n)*$/.test(between) ? between : '') + token.text
      end = token.start + Array.from(token.text).length
      if (token === last) break
    }
    return text
  }

  report(message: string, location: number): void {
    this.issues.push({ location: this.source.locationOf(location), message })
  }

  #report(message: string, token: Token): void {
    if (this.#recovering) return
    this.#recovering = true
    this.#notify(message, token)
  }

  #notify(message: string, token: Token): void {
    const location = this.source.locationOf(token.start)
    if (this.#reports >= mostReports) {
      this.issues.push({ location, message: tooMany })
      throw new ParsingEnded()
    }
    this.#reports++
    this.issues.push({ location, message: `Syntax error: ${message}` })
  }

  #countRecovery(): void {
    if (this.#recoveries++ < mostRecoveries) return
    this.#notify(`error recovery attempt limit exceeded: ${mostRecoveries}`, this.token)
    throw new ParsingEnded()
  }

  #recoverInline(wanted: TokenKind, then: Expected): Token {
    this.#countRecovery()
    const only: Expected = { kinds: new Set([wanted]), end: false }
    if (this.ahead(1) === wanted && this.next !== kind.eof) {
      this.#dropSurplus(only)
      return this.match(wanted, then)
    }
    if (this.#inContext(then).has(this.next)) {
      this.#report(`missing ${displayExpected([wanted])} at ${display(this.token)}`, this.token)
      return { kind: wanted, text: `<missing ${displayExpected([wanted])}>`, start: this.token.start }
    }
    throw this.mismatch(only)
  }

  #dropSurplus(choices: Expected): void {
    this.#report(`extraneous input ${display(this.token)} expecting ${displayExpected(choices.kinds)}`, this.token)
    this.consume()
    this.#recovering = false
  }

  /** A set with what the callers wait for, as far out as rules may end. */
  #inContext(here: Expected): Set<TokenKind> {
    const all = new Set(here.kinds)
    let { end } = here
    for (let depth = this.#after.length - 1; end && depth >= 0; depth--) {
      const after = this.#after[depth] as Expected
      for (const each of after.kinds) all.add(each)
      end = after.end
    }
    if (end) all.add(kind.eof)
    return all
  }

  #recoverySet(): Set<TokenKind> {
    return new Set(this.#after.flatMap(after => [...after.kinds]))
  }

  #recover(place: string): void {
    this.#countRecovery()
    if (this.#lastErrorAt === this.#at && this.#lastErrorPlaces.has(place)) this.consume()
    this.#lastErrorAt = this.#at
    this.#lastErrorPlaces.add(place)
    this.#skipUntil(this.#recoverySet())
  }

  #skipUntil(wanted: ReadonlySet<TokenKind>): void {
    while (this.next !== kind.eof && !wanted.has(this.next)) this.consume()
  }
}

const display = (token: Token) => quote(token.text)
const quote = (text: string) => `'${text.replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`
