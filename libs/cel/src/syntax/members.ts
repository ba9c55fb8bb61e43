import type { Builder } from './builder.ts'
import { Collections } from './collections.ts'
import { limitRounds } from './depth.ts'
import { type Expected, expected, startsExpression } from './expected.ts'
import type { Expression } from './expression.ts'
import { fieldName } from './field-name.ts'
import type { Grammar } from './grammar.ts'
import { literalValue } from './literals.ts'
import { findMacro, type Macros } from './macros.ts'
import { operator } from './operators.ts'
import type { TokenStream } from './token-stream.ts'
import { isNumber, kind, type Token, type TokenKind } from './tokens.ts'

/** Names that stand for nothing yet, and that no variable may have. */
const reserved = new Set(
  `as break const continue else false for function if import in let loop package namespace null return true var void while`.split(
    ' ',
  ),
)

/** What has no operator between its parts: literals, names, calls and collections, with what is selected of them. */
export class Members {
  readonly #grammar: Grammar
  readonly #tokens: TokenStream
  readonly #make: Builder
  readonly #collections: Collections
  readonly #macros: Macros

  constructor(grammar: Grammar, macros: Macros) {
    this.#grammar = grammar
    this.#tokens = grammar.tokens
    this.#make = grammar.make
    this.#collections = new Collections(grammar)
    this.#macros = macros
  }

  member(): Expression {
    const at = this.#tokens.token.start
    this.#tokens.open('member', expected.ruleEnd)
    let left: Expression = { kind: 'unspecified', id: 0, at }
    try {
      left = this.#primary()
      for (let rounds = 1; ; rounds++) {
        const { next } = this.#tokens
        if (next !== kind.leftBracket && next !== kind.dot) return left
        limitRounds(rounds)
        left = next === kind.dot ? this.#selection(left) : this.#index(left)
      }
    } catch (error) {
      this.#tokens.failed('member', error)
      return this.#make.unspecified(at)
    } finally {
      this.#tokens.close('member')
    }
  }

  #index(left: Expression): Expression {
    const bracket = this.#tokens.match(kind.leftBracket, expected.indexStart)
    this.#tokens.sync(expected.indexStart)
    const optional = this.#tokens.next === kind.question
    if (optional) this.#tokens.match(kind.question, expected.unary)
    const index = this.#grammar.expression(expected.rightBracket)
    this.#tokens.match(kind.rightBracket, expected.member)
    return this.#make.call(bracket.start, optional ? operator.optionalIndex : operator.index, left, index)
  }

  #selection(left: Expression): Expression {
    const next = this.#tokens.ahead(1)
    if (next !== kind.question && next !== kind.identifier && next !== kind.escapedIdentifier)
      throw this.#tokens.noViableAlternative(1)
    const dot = this.#tokens.match(kind.dot, expected.field)
    if (next === kind.identifier && this.#tokens.ahead(1) === kind.leftParenthesis) {
      const name = this.#tokens.match(kind.identifier, expected.rightParenthesis)
      const { open, args } = this.#arguments(expected.member)
      return this.#call(open.start, name.text, left, args)
    }
    const optional = next === kind.question
    if (optional) this.#tokens.match(kind.question, expected.fieldName)
    const { name, at } = fieldName(this.#tokens, expected.member)
    if (name === undefined) return this.#make.unspecified(dot.start)
    if (optional) return this.#make.call(dot.start, operator.optionalSelect, left, this.#make.literal(at, name))
    return this.#make.select(dot.start, left, name)
  }

  #arguments(after: Expected): { open: Token; args: Expression[] } {
    const open = this.#tokens.match(kind.leftParenthesis, expected.argumentsStart)
    this.#tokens.sync(expected.argumentsStart)
    const args: Expression[] = []
    if (startsExpression.has(this.#tokens.next)) {
      this.#tokens.open('expressionList', expected.rightParenthesis)
      args.push(this.#grammar.expression(expected.comma))
      while (this.#tokens.next === kind.comma) {
        this.#tokens.match(kind.comma, expected.unary)
        args.push(this.#grammar.expression(expected.comma))
      }
      this.#tokens.close('expressionList')
    }
    this.#tokens.match(kind.rightParenthesis, after)
    return { open, args }
  }

  #call(at: number, name: string, target: Expression | undefined, args: Expression[]): Expression {
    const macro = findMacro(name, args.length, target, this.#macros)
    if (
      macro === undefined ||
      (this.#tokens.issues.length > 0 && [target, ...args].some(each => each?.kind === 'unspecified'))
    )
      return target === undefined
        ? this.#make.call(at, name, ...args)
        : this.#make.memberCall(at, name, target, ...args)
    const expanded = macro({ make: this.#make, at, target, args })
    if (!('error' in expanded)) return expanded
    this.#tokens.report(expanded.error, expanded.at)
    return this.#make.unspecified(at)
  }

  #primary(): Expression {
    const at = this.#tokens.token.start
    this.#tokens.open('primary', expected.member)
    try {
      this.#tokens.sync(expected.unary)
      switch (this.#tokens.next) {
        case kind.leftParenthesis: {
          this.#tokens.match(kind.leftParenthesis, expected.unary)
          const inner = this.#grammar.expression(expected.rightParenthesis)
          this.#tokens.match(kind.rightParenthesis, expected.ruleEnd)
          return inner
        }
        case kind.leftBracket:
          return this.#collections.list()
        case kind.leftBrace:
          return this.#collections.map()
        case kind.dot:
        case kind.identifier:
          return this.#named()
        default:
          return this.#literal()
      }
    } catch (error) {
      this.#tokens.failed('primary', error)
      return this.#make.unspecified(at)
    } finally {
      this.#tokens.close('primary')
    }
  }

  /** An identifier, a call, or a message: `a`, `.a`, `f(x)`, `a.b.C{f: 1}`. */
  #named(): Expression {
    const dotted = this.#tokens.next === kind.dot
    const from = dotted ? 1 : 0
    if (this.#tokens.ahead(from) !== kind.identifier) throw this.#tokens.noViableAlternative(from)
    let last = from
    while (this.#tokens.ahead(last + 1) === kind.dot && this.#tokens.ahead(last + 2) === kind.identifier) last += 2
    if (this.#tokens.ahead(last + 1) === kind.leftBrace) return this.#collections.struct(last)
    const start = this.#tokens.token.start
    if (dotted) this.#tokens.match(kind.dot, expected.identifier)
    const name = this.#tokens.match(kind.identifier, expected.ruleEnd)
    const full = dotted ? `.${name.text}` : name.text
    const called = this.#tokens.next === kind.leftParenthesis
    const found = called ? this.#arguments(expected.ruleEnd) : undefined
    if (reserved.has(name.text)) {
      this.#tokens.report(`reserved identifier: ${name.text}`, start)
      return this.#make.unspecified(start)
    }
    if (found === undefined) return this.#make.identifier(name.start, full)
    return this.#call(found.open.start, full, undefined, found.args)
  }

  #literal(): Expression {
    const start = this.#tokens.token.start
    this.#tokens.open('literal', expected.ruleEnd)
    try {
      const negative = this.#tokens.next === kind.minus
      if (negative && !isNumber(this.#tokens.ahead(1))) throw this.#tokens.noViableAlternative(1)
      const sign = negative ? this.#tokens.match(kind.minus, expected.ruleEnd).text : ''
      if (!isLiteral(this.#tokens.next)) throw this.#tokens.noViableAlternative(0)
      const { kind: found, text } = this.#tokens.match(this.#tokens.next, expected.ruleEnd)
      const read = literalValue(found, sign + text)
      if (read.error !== undefined) this.#tokens.report(read.error, start)
      return read.value === undefined ? this.#make.unspecified(start) : this.#make.literal(start, read.value)
    } catch (error) {
      this.#tokens.failed('literal', error)
      return this.#make.unspecified(start)
    } finally {
      this.#tokens.close('literal')
    }
  }
}

const isLiteral = (next: TokenKind) =>
  (next >= kind.true && next <= kind.null) || (next >= kind.float && next <= kind.bytes)
