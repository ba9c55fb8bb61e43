import type { Expression } from './expression.ts'

/** A name without the dot that says that no local variable is meant. */
export const plainName = (name: string) => (name.startsWith('.') ? name.slice(1) : name)

/** `a.b.c` as a name, if nothing but names is in it. */
export function qualifiedName(expression: Expression): string | undefined {
  if (expression.kind === 'identifier') return expression.name
  if (expression.kind !== 'select' || expression.testOnly) return undefined
  const prefix = qualifiedName(expression.operand)
  return prefix === undefined ? undefined : `${prefix}.${expression.field}`
}
