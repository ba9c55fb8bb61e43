import type { Expression } from './expression.ts'
import { operator } from './operators.ts'
import { ParsingEnded } from './token-stream.ts'

/** Deepest nesting of operators and selections. */
const deepest = 250
const tooDeep = 'max recursion depth exceeded'

/** Chains such as `a.b.c` and `a + b + c` nest on their left. */
export function limitRounds(rounds: number): void {
  if (rounds > deepest) throw new ParsingEnded(tooDeep)
}

/** A tree may not nest deeper. */
export function limitDepth(expression: Expression): void {
  if (height(expression) > deepest) throw new ParsingEnded(tooDeep)
}

/** How deep operators, selections and calls of members are nested. */
function height(expression: Expression): number {
  const highest = (parts: readonly (Expression | undefined)[]) =>
    parts.reduce((most, each) => (each === undefined ? most : Math.max(most, height(each))), 0)
  switch (expression.kind) {
    case 'select':
      return 1 + height(expression.operand)
    case 'call': {
      const counts = expression.target !== undefined || /^_.*_$/.test(expression.function)
      const logical = expression.function === operator.and || expression.function === operator.or
      return highest([expression.target, ...expression.arguments]) + (counts && !logical ? 1 : 0)
    }
    case 'list':
      return highest(expression.elements)
    case 'map':
      return highest(expression.entries.flatMap(each => [each.key, each.value]))
    case 'struct':
      return highest(expression.fields.map(each => each.value))
    case 'comprehension':
      return highest([expression.range, expression.step, expression.result])
    default:
      return 0
  }
}
