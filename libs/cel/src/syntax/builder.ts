import type { Comprehension, Expression, LiteralValue, MapEntry } from './expression.ts'
import { hiddenAccumulator } from './expression.ts'
import { ParsingEnded } from './token-stream.ts'

/**
 * Most nodes of a tree. No text that is short enough has as many, but `optMap` takes its target twice: sixteen in a row would be
 * millions.
 */
const mostNodes = 200_000

/** Makes nodes with ids of one expression. */
export class Builder {
  #last = 0

  id(): number {
    if (this.#last >= mostNodes) throw new ParsingEnded(`expression is too large: more than ${mostNodes} nodes`)
    return ++this.#last
  }

  literal(at: number, value: LiteralValue): Expression {
    return { kind: 'literal', id: this.id(), at, value }
  }
  identifier(at: number, name: string): Expression {
    return { kind: 'identifier', id: this.id(), at, name }
  }
  accumulator(at: number): Expression {
    return this.identifier(at, hiddenAccumulator)
  }
  select(at: number, operand: Expression, field: string, testOnly = false): Expression {
    return { kind: 'select', id: this.id(), at, operand, field, testOnly }
  }
  call(at: number, name: string, ...args: Expression[]): Expression {
    return { kind: 'call', id: this.id(), at, function: name, arguments: args }
  }
  memberCall(at: number, name: string, target: Expression, ...args: Expression[]): Expression {
    return { kind: 'call', id: this.id(), at, function: name, target, arguments: args }
  }
  list(at: number, elements: Expression[], optional: ReadonlySet<number> = new Set()): Expression {
    return { kind: 'list', id: this.id(), at, elements, optional }
  }
  map(at: number, entries: MapEntry[]): Expression {
    return { kind: 'map', id: this.id(), at, entries }
  }
  unspecified(at: number): Expression {
    return { kind: 'unspecified', id: this.id(), at }
  }
  comprehension(at: number, parts: Omit<Comprehension, 'kind' | 'id' | 'at'>): Expression {
    return { kind: 'comprehension', id: this.id(), at, ...parts }
  }

  /** The same tree with ids of its own. */
  copy(expression: Expression): Expression {
    const id = this.id()
    switch (expression.kind) {
      case 'select':
        return { ...expression, id, operand: this.copy(expression.operand) }
      case 'call':
        return {
          ...expression,
          id,
          target: expression.target && this.copy(expression.target),
          arguments: expression.arguments.map(each => this.copy(each)),
        }
      case 'list':
        return { ...expression, id, elements: expression.elements.map(each => this.copy(each)) }
      case 'map':
        return {
          ...expression,
          id,
          entries: expression.entries.map(each => ({
            ...each,
            id: this.id(),
            key: this.copy(each.key),
            value: this.copy(each.value),
          })),
        }
      case 'struct':
        return {
          ...expression,
          id,
          fields: expression.fields.map(each => ({ ...each, id: this.id(), value: this.copy(each.value) })),
        }
      case 'comprehension':
        return {
          ...expression,
          id,
          range: this.copy(expression.range),
          initial: this.copy(expression.initial),
          condition: this.copy(expression.condition),
          step: this.copy(expression.step),
          result: this.copy(expression.result),
        }
      default:
        return { ...expression, id }
    }
  }
}
