import { Builder } from './builder.ts'
import { limitDepth, limitRounds } from './depth.ts'
import { type Expected, expected, startsExpression } from './expected.ts'
import type { Expression } from './expression.ts'
import type { Grammar } from './grammar.ts'
import type { Macros } from './macros.ts'
import { Members } from './members.ts'
import { operator } from './operators.ts'
import { type Issue, noLocation, type Source } from './source.ts'
import { ParsingEnded, TokenStream } from './token-stream.ts'
import { isNumber, kind, type Token, type TokenKind } from './tokens.ts'

/** Longest expression, in code points. */
const longest = 100_000

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

/** From an expression down to its signs, one method a rule of CEL's grammar: what stands between the operators are {@link Members}. */
class Parser implements Grammar {
  readonly tokens: TokenStream
  readonly make = new Builder()
  readonly #members: Members

  constructor(source: Source, issues: Issue[], macros: Macros) {
    this.tokens = new TokenStream(source, issues)
    this.#members = new Members(this, macros)
  }

  parse(): { expression: Expression; issues: Issue[] } {
    let expression: Expression | undefined
    try {
      this.tokens.open('start', expected.ruleEnd)
      try {
        expression = this.expression(expected.end)
        this.tokens.match(kind.eof, expected.ruleEnd)
      } catch (error) {
        this.tokens.failed('start', error)
      }
      if (expression !== undefined) limitDepth(expression)
    } catch (error) {
      if (!(error instanceof ParsingEnded)) throw error
      if (error.message !== '') this.tokens.issues.push({ location: noLocation, message: error.message })
    }
    return { expression: expression ?? { kind: 'unspecified', id: 0, at: 0 }, issues: this.tokens.issues }
  }

  expression(after: Expected): Expression {
    const at = this.tokens.token.start
    this.tokens.open('expression', after)
    try {
      const condition = this.#or(expected.question)
      if (this.tokens.next !== kind.question) return condition
      const question = this.tokens.match(kind.question, expected.unary)
      const whenTrue = this.#or(expected.colon)
      this.tokens.match(kind.colon, expected.unary)
      const whenFalse = this.expression(expected.ruleEnd)
      return this.make.call(question.start, operator.conditional, condition, whenTrue, whenFalse)
    } catch (error) {
      this.tokens.failed('expression', error)
      return this.make.unspecified(at)
    } finally {
      this.tokens.close('expression')
    }
  }

  #or(after: Expected): Expression {
    this.tokens.open('or', after)
    try {
      const terms = [this.#and()]
      const signs: Token[] = []
      while (this.tokens.next === kind.or) {
        signs.push(this.tokens.match(kind.or, expected.unary))
        terms.push(this.#and())
      }
      return this.#balanced(operator.or, terms, signs, 0, signs.length - 1)
    } finally {
      this.tokens.close('or')
    }
  }

  #and(): Expression {
    this.tokens.open('and', expected.or)
    try {
      const terms = [this.#relation(expected.and)]
      const signs: Token[] = []
      while (this.tokens.next === kind.and) {
        signs.push(this.tokens.match(kind.and, expected.unary))
        terms.push(this.#relation(expected.and))
      }
      return this.#balanced(operator.and, terms, signs, 0, signs.length - 1)
    } finally {
      this.tokens.close('and')
    }
  }

  /** Long chains of `&&` and `||` become a balanced tree, so that they do not nest deep. */
  #balanced(called: string, terms: Expression[], signs: Token[], low: number, high: number): Expression {
    if (signs.length === 0) return terms[0] as Expression
    const middle = (low + high + 1) >> 1
    const left = middle === low ? (terms[middle] as Expression) : this.#balanced(called, terms, signs, low, middle - 1)
    const right =
      middle === high ? (terms[middle + 1] as Expression) : this.#balanced(called, terms, signs, middle + 1, high)
    return this.make.call((signs[middle] as Token).start, called, left, right)
  }

  #relation(after: Expected): Expression {
    this.tokens.open('relation', after)
    try {
      let left = this.#calculation(1, expected.relation)
      for (let rounds = 1; ; rounds++) {
        const name = relations.get(this.tokens.next)
        if (name === undefined) return left
        limitRounds(rounds)
        const sign = this.tokens.match(this.tokens.next, expected.unary)
        left = this.make.call(sign.start, name, left, this.#calculation(1, expected.relation))
      }
    } finally {
      this.tokens.close('relation')
    }
  }

  #calculation(least: number, after: Expected): Expression {
    this.tokens.open('calculation', after)
    try {
      let left = this.#unary()
      for (let rounds = 1; ; rounds++) {
        const found = calculations.get(this.tokens.next)
        if (found === undefined || found.precedence < least) return left
        limitRounds(rounds)
        const sign = this.tokens.match(this.tokens.next, expected.unary)
        const right = this.#calculation(found.precedence + 1, expected.calculation)
        left = this.make.call(sign.start, found.name, left, right)
      }
    } finally {
      this.tokens.close('calculation')
    }
  }

  #unary(): Expression {
    const at = this.tokens.token.start
    this.tokens.open('unary', expected.calculation)
    try {
      this.tokens.sync(expected.unary)
      const { next } = this.tokens
      if (next === kind.exclamation) return this.#signs(kind.exclamation, operator.not)
      if (next === kind.minus && !isNumber(this.tokens.ahead(1))) return this.#signs(kind.minus, operator.negate)
      if (!startsExpression.has(next)) throw this.tokens.noViableAlternative(0)
      return this.#members.member()
    } catch (error) {
      this.tokens.failed('unary', error)
      return this.make.unspecified(at)
    } finally {
      this.tokens.close('unary')
    }
  }

  /** `!!x` and `--x` are x. */
  #signs(sign: TokenKind, name: string): Expression {
    if (sign === kind.minus) this.#negatable()
    const first = this.tokens.match(sign, expected.unary)
    let count = 1
    if (sign === kind.exclamation) this.tokens.syncRepetition(expected.unary)
    while (this.tokens.next === sign) {
      if (sign === kind.minus) this.#negatable()
      this.tokens.match(sign, expected.unary)
      count++
      if (sign === kind.exclamation) this.tokens.syncRepetition(expected.unary)
    }
    const operand = this.#members.member()
    return count % 2 === 0 ? operand : this.make.call(first.start, name, operand)
  }

  /** A minus goes before what has a sign or starts a member. */
  #negatable(): void {
    const after = this.tokens.ahead(1)
    if (!startsExpression.has(after) || after === kind.exclamation) throw this.tokens.noViableAlternative(1)
  }
}
