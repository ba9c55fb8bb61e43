import type { Builder } from './builder.ts'
import { type Expected, expected, startsExpression } from './expected.ts'
import type { Expression, MapEntry, StructField } from './expression.ts'
import { fieldName } from './field-name.ts'
import type { Grammar } from './grammar.ts'
import type { TokenStream } from './token-stream.ts'
import { kind, type TokenKind } from './tokens.ts'

/** Lists, maps and messages, with what is optional in them. */
export class Collections {
  readonly #grammar: Grammar
  readonly #tokens: TokenStream
  readonly #make: Builder

  constructor(grammar: Grammar) {
    this.#grammar = grammar
    this.#tokens = grammar.tokens
    this.#make = grammar.make
  }

  list(): Expression {
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
      return { value: this.#grammar.expression(expected.ruleEnd), optional }
    } catch (error) {
      this.#tokens.failed('optionalExpression', error)
      return { value: this.#make.unspecified(at), optional }
    } finally {
      this.#tokens.close('optionalExpression')
    }
  }

  map(): Expression {
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
        const value = this.#grammar.expression(expected.comma)
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

  struct(lastName: number): Expression {
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
        const { name } = fieldName(this.#tokens, expected.colon)
        const colon = this.#tokens.match(kind.colon, expected.unary)
        const value = this.#grammar.expression(expected.comma)
        if (name !== undefined) fields.push({ id: this.#make.id(), at: colon.start, name, value, optional })
      } while (this.#tokens.next === kind.comma && startsField(this.#tokens.ahead(1)))
    } catch (error) {
      this.#tokens.failed('fieldInitializerList', error)
    } finally {
      this.#tokens.close('fieldInitializerList')
    }
  }
}

const startsOptional = (next: TokenKind) => next === kind.question || startsExpression.has(next)
const startsField = (next: TokenKind) =>
  next === kind.question || next === kind.identifier || next === kind.escapedIdentifier
