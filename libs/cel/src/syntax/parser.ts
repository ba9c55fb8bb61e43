import { Builder } from './builder.ts'
import { limitDepth, limitRounds } from './depth.ts'
import { type Expected, expected, startsExpression } from './expected.ts'
import type { Expression, MapEntry, StructField } from './expression.ts'
import { literalValue } from './literals.ts'
import { findMacro, type Macros } from './macros.ts'
import { operator } from './operators.ts'
import { type Issue, noLocation, type Source } from './source.ts'
import { ParsingEnded, TokenStream } from './token-stream.ts'
import { kind, type Token, type TokenKind } from './tokens.ts'

/** Longest expression, in code points. */
const longest = 100_000

/** Names that stand for nothing yet, and that no variable may have. */
const reserved = new Set(
  `as break const continue else false for function if import in let loop package namespace null return true var void while`.split(
    ' ',
  ),
)

const relations = new Map<TokenKind, string>([
  [kind.less, operator.less],
  [kind.lessEquals, operator.lessEquals],
  [kind.greaterEquals, operator.greaterEquals],
  [kind.greater, operator.greater],
  [kind.equals, operator.equals],
  [kind.notEquals, operator.notEquals],
  [kind.in, operator.in],
])

const calculations = new Map<TokenKind, { name: string; precedence: number }>([
  [kind.star, { name: operator.multiply, precedence: 2 }],
  [kind.slash, { name: operator.divide, precedence: 2 }],
  [kind.percent, { name: operator.modulo, precedence: 2 }],
  [kind.plus, { name: operator.add, precedence: 1 }],
  [kind.minus, { name: operator.subtract, precedence: 1 }],
])

/** The tree of an expression, macros expanded. Any issue means that the tree is not to be used. */
export function parse(source: Source, macros: Macros = 'usual'): { expression: Expression; issues: Issue[] } {
  const issues: Issue[] = []
  const length = source.codePoints.length
  if (length > longest) {
    issues.push({
      location: noLocation,
      message: `expression code point size exceeds limit: size: ${length}, limit ${longest}`,
    })
    return { expression: { kind: 'unspecified', id: 0, at: 0 }, issues }
  }
  return new Parser(source, issues, macros).parse()
}

/** One method a rule of CEL's grammar. */
class Parser {
  readonly #tokens: TokenStream
  readonly #make = new Builder()
  readonly #issues: Issue[]

  readonly #macros: Macros

  constructor(source: Source, issues: Issue[], macros: Macros) {
    this.#macros = macros
    this.#issues = issues
    this.#tokens = new TokenStream(source, issues)
  }

  parse(): { expression: Expression; issues: Issue[] } {
    let expression: Expression | undefined
    try {
      this.#tokens.open('start', expected.ruleEnd)
      try {
        expression = this.#expression(expected.end)
        this.#tokens.match(kind.eof, expected.ruleEnd)
      } catch (error) {
        this.#tokens.failed('start', error)
      }
      if (expression !== undefined) limitDepth(expression)
    } catch (error) {
      if (!(error instanceof ParsingEnded)) throw error
      if (error.message !== '') this.#issues.push({ location: noLocation, message: error.message })
    }
    return { expression: expression ?? { kind: 'unspecified', id: 0, at: 0 }, issues: this.#issues }
  }

  #expression(after: Expected): Expression {
    const at = this.#tokens.token.start
    this.#tokens.open('expression', after)
    try {
      const condition = this.#or(expected.question)
      if (this.#tokens.next !== kind.question) return condition
      const question = this.#tokens.match(kind.question, expected.unary)
      const whenTrue = this.#or(expected.colon)
      this.#tokens.match(kind.colon, expected.unary)
      const whenFalse = this.#expression(expected.ruleEnd)
      return this.#make.call(question.start, operator.conditional, condition, whenTrue, whenFalse)
    } catch (error) {
      this.#tokens.failed('expression', error)
      return this.#make.unspecified(at)
    } finally {
      this.#tokens.close('expression')
    }
  }

  #or(after: Expected): Expression {
    this.#tokens.open('or', after)
    try {
      const terms = [this.#and()]
      const signs: Token[] = []
      while (this.#tokens.next === kind.or) {
        signs.push(this.#tokens.match(kind.or, expected.unary))
        terms.push(this.#and())
      }
      return this.#balanced(operator.or, terms, signs, 0, signs.length - 1)
    } finally {
      this.#tokens.close('or')
    }
  }

  #and(): Expression {
    this.#tokens.open('and', expected.or)
    try {
      const terms = [this.#relation(expected.and)]
      const signs: Token[] = []
      while (this.#tokens.next === kind.and) {
        signs.push(this.#tokens.match(kind.and, expected.unary))
        terms.push(this.#relation(expected.and))
      }
      return this.#balanced(operator.and, terms, signs, 0, signs.length - 1)
    } finally {
      this.#tokens.close('and')
    }
  }

  /** Long chains of `&&` and `||` become a balanced tree, so that they do not nest deep. */
  #balanced(called: string, terms: Expression[], signs: Token[], low: number, high: number): Expression {
    if (signs.length === 0) return terms[0] as Expression
    const middle = (low + high + 1) >> 1
    const left = middle === low ? (terms[middle] as Expression) : this.#balanced(called, terms, signs, low, middle - 1)
    const right =
      middle === high ? (terms[middle + 1] as Expression) : this.#balanced(called, terms, signs, middle + 1, high)
    return this.#make.call((signs[middle] as Token).start, called, left, right)
  }

  #relation(after: Expected): Expression {
    this.#tokens.open('relation', after)
    try {
      let left = this.#calculation(1, expected.relation)
      for (let rounds = 1; ; rounds++) {
        const name = relations.get(this.#tokens.next)
        if (name === undefined) return left
        limitRounds(rounds)
        const sign = this.#tokens.match(this.#tokens.next, expected.unary)
        left = this.#make.call(sign.start, name, left, this.#calculation(1, expected.relation))
      }
    } finally {
      this.#tokens.close('relation')
    }
  }

  #calculation(least: number, after: Expected): Expression {
    this.#tokens.open('calculation', after)
    try {
      let left = this.#unary()
      for (let rounds = 1; ; rounds++) {
        const found = calculations.get(this.#tokens.next)
        if (found === undefined || found.precedence < least) return left
        limitRounds(rounds)
        const sign = this.#tokens.match(this.#tokens.next, expected.unary)
        const right = this.#calculation(found.precedence + 1, expected.calculation)
        left = this.#make.call(sign.start, found.name, left, right)
      }
    } finally {
      this.#tokens.close('calculation')
    }
  }

  #unary(): Expression {
    const at = this.#tokens.token.start
    this.#tokens.open('unary', expected.calculation)
    try {
      this.#tokens.sync(expected.unary)
      const { next } = this.#tokens
      if (next === kind.exclamation) return this.#signs(kind.exclamation, operator.not)
      if (next === kind.minus && !this.#isNumber(1)) return this.#signs(kind.minus, operator.negate)
      if (!startsExpression.has(next)) throw this.#tokens.noViableAlternative(0)
      return this.#member()
    } catch (error) {
      this.#tokens.failed('unary', error)
      return this.#make.unspecified(at)
    } finally {
      this.#tokens.close('unary')
    }
  }

  #isNumber(ahead: number): boolean {
    const next = this.#tokens.ahead(ahead)
    return next === kind.int || next === kind.float
  }

  /** `!!x` and `--x` are x. */
  #signs(sign: TokenKind, name: string): Expression {
    if (sign === kind.minus) this.#negatable()
    const first = this.#tokens.match(sign, expected.unary)
    let count = 1
    if (sign === kind.exclamation) this.#tokens.syncRepetition(expected.unary)
    while (this.#tokens.next === sign) {
      if (sign === kind.minus) this.#negatable()
      this.#tokens.match(sign, expected.unary)
      count++
      if (sign === kind.exclamation) this.#tokens.syncRepetition(expected.unary)
    }
    const operand = this.#member()
    return count % 2 === 0 ? operand : this.#make.call(first.start, name, operand)
  }

  /** A minus goes before what has a sign or starts a member. */
  #negatable(): void {
    const after = this.#tokens.ahead(1)
    if (!startsExpression.has(after) || after === kind.exclamation) throw this.#tokens.noViableAlternative(1)
  }

  #member(): Expression {
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
    const index = this.#expression(expected.rightBracket)
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
    const { name, at } = this.#fieldName(expected.member)
    if (name === undefined) return this.#make.unspecified(dot.start)
    if (optional) return this.#make.call(dot.start, operator.optionalSelect, left, this.#make.literal(at, name))
    return this.#make.select(dot.start, left, name)
  }

  #fieldName(after: Expected): { name: string | undefined; at: number } {
    let found: Token | undefined
    const at = this.#tokens.token.start
    this.#tokens.open('escapeIdentifier', after)
    try {
      this.#tokens.sync(expected.fieldName)
      const escaped = this.#tokens.next === kind.escapedIdentifier
      found = this.#tokens.match(escaped ? kind.escapedIdentifier : kind.identifier, expected.ruleEnd)
    } catch (error) {
      this.#tokens.failed('escapeIdentifier', error)
    } finally {
      this.#tokens.close('escapeIdentifier')
    }
    if (found?.kind === kind.identifier) return { name: found.text, at: found.start }
    this.#tokens.report(found === undefined ? 'unsupported ident kind' : "unsupported syntax: '`'", at)
    return { name: undefined, at }
  }

  #arguments(after: Expected): { open: Token; args: Expression[] } {
    const open = this.#tokens.match(kind.leftParenthesis, expected.argumentsStart)
    this.#tokens.sync(expected.argumentsStart)
    const args: Expression[] = []
    if (startsExpression.has(this.#tokens.next)) {
      this.#tokens.open('expressionList', expected.rightParenthesis)
      args.push(this.#expression(expected.comma))
      while (this.#tokens.next === kind.comma) {
        this.#tokens.match(kind.comma, expected.unary)
        args.push(this.#expression(expected.comma))
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
      (this.#issues.length > 0 && [target, ...args].some(each => each?.kind === 'unspecified'))
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
          const inner = this.#expression(expected.rightParenthesis)
          this.#tokens.match(kind.rightParenthesis, expected.ruleEnd)
          return inner
        }
        case kind.leftBracket:
          return this.#list()
        case kind.leftBrace:
          return this.#map()
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

  #list(): Expression {
    const open = this.#tokens.match(kind.leftBracket, expected.listStart)
    this.#tokens.sync(expected.listStart)
    const elements: Expression[] = []
    const optional = new Set<number>()
    if (startsOptional(this.#tokens.next)) {
      this.#tokens.open('listInit', expected.commaOrBracket)
      do {
        if (elements.length > 0) this.#tokens.match(kind.comma, expected.optional)
        const each = this.#optionalExpression(expected.comma)
        if (each.optional) optional.add(elements.length)
        elements.push(each.value)
      } while (this.#tokens.next === kind.comma && startsOptional(this.#tokens.ahead(1)))
      this.#tokens.close('listInit')
    }
    this.#tokens.sync(expected.commaOrBracket)
    if (this.#tokens.next === kind.comma) this.#tokens.match(kind.comma, expected.rightBracket)
    this.#tokens.match(kind.rightBracket, expected.ruleEnd)
    return this.#make.list(open.start, elements, optional)
  }

  #optionalExpression(after: Expected): { value: Expression; optional: boolean } {
    const at = this.#tokens.token.start
    let optional = false
    this.#tokens.open('optionalExpression', after)
    try {
      this.#tokens.sync(expected.optional)
      optional = this.#tokens.next === kind.question
      if (optional) this.#tokens.match(kind.question, expected.unary)
      return { value: this.#expression(expected.ruleEnd), optional }
    } catch (error) {
      this.#tokens.failed('optionalExpression', error)
      return { value: this.#make.unspecified(at), optional }
    } finally {
      this.#tokens.close('optionalExpression')
    }
  }

  #map(): Expression {
    const open = this.#tokens.match(kind.leftBrace, expected.mapStart)
    this.#tokens.sync(expected.mapStart)
    const entries: MapEntry[] = []
    if (startsOptional(this.#tokens.next)) this.#entries(entries)
    this.#closeBrace()
    return this.#make.map(open.start, entries)
  }

  #entries(entries: MapEntry[]): void {
    this.#tokens.open('mapInitializerList', expected.commaOrBrace)
    try {
      do {
        if (entries.length > 0) this.#tokens.match(kind.comma, expected.optional)
        const key = this.#optionalExpression(expected.colon)
        const colon = this.#tokens.match(kind.colon, expected.unary)
        const value = this.#expression(expected.comma)
        entries.push({ id: this.#make.id(), at: colon.start, key: key.value, value, optional: key.optional })
      } while (this.#tokens.next === kind.comma && startsOptional(this.#tokens.ahead(1)))
    } catch (error) {
      this.#tokens.failed('mapInitializerList', error)
    } finally {
      this.#tokens.close('mapInitializerList')
    }
  }

  #closeBrace(): void {
    this.#tokens.sync(expected.commaOrBrace)
    if (this.#tokens.next === kind.comma) this.#tokens.match(kind.comma, expected.rightBrace)
    this.#tokens.match(kind.rightBrace, expected.ruleEnd)
  }

  /** An identifier, a call, or a message: `a`, `.a`, `f(x)`, `a.b.C{f: 1}`. */
  #named(): Expression {
    const dotted = this.#tokens.next === kind.dot
    const from = dotted ? 1 : 0
    if (this.#tokens.ahead(from) !== kind.identifier) throw this.#tokens.noViableAlternative(from)
    let last = from
    while (this.#tokens.ahead(last + 1) === kind.dot && this.#tokens.ahead(last + 2) === kind.identifier) last += 2
    if (this.#tokens.ahead(last + 1) === kind.leftBrace) return this.#struct(last)
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

  #struct(lastName: number): Expression {
    let typeName = ''
    for (let count = 0; count <= lastName; count++)
      typeName += this.#tokens.match(this.#tokens.next, expected.ruleEnd).text
    const open = this.#tokens.match(kind.leftBrace, expected.fieldStart)
    this.#tokens.sync(expected.fieldStart)
    const fields: StructField[] = []
    if (startsField(this.#tokens.next)) this.#fields(fields)
    this.#closeBrace()
    return { kind: 'struct', id: this.#make.id(), at: open.start, typeName, fields }
  }

  #fields(fields: StructField[]): void {
    this.#tokens.open('fieldInitializerList', expected.commaOrBrace)
    try {
      do {
        if (fields.length > 0) this.#tokens.match(kind.comma, expected.field)
        const optional = this.#tokens.next === kind.question
        if (optional) this.#tokens.match(kind.question, expected.fieldName)
        const { name } = this.#fieldName(expected.colon)
        const colon = this.#tokens.match(kind.colon, expected.unary)
        const value = this.#expression(expected.comma)
        if (name !== undefined) fields.push({ id: this.#make.id(), at: colon.start, name, value, optional })
      } while (this.#tokens.next === kind.comma && startsField(this.#tokens.ahead(1)))
    } catch (error) {
      this.#tokens.failed('fieldInitializerList', error)
    } finally {
      this.#tokens.close('fieldInitializerList')
    }
  }

  #literal(): Expression {
    const start = this.#tokens.token.start
    this.#tokens.open('literal', expected.ruleEnd)
    try {
      const negative = this.#tokens.next === kind.minus
      if (negative && !this.#isNumber(1)) throw this.#tokens.noViableAlternative(1)
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

const startsOptional = (next: TokenKind) => next === kind.question || startsExpression.has(next)
const startsField = (next: TokenKind) =>
  next === kind.question || next === kind.identifier || next === kind.escapedIdentifier
const isLiteral = (next: TokenKind) =>
  (next >= kind.true && next <= kind.null) || (next >= kind.float && next <= kind.bytes)
