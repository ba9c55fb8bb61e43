/** Strings under these names are compiled. */
const expressions = new Set(['rule', 'expression', 'messageExpression', 'valueExpression'])

/** Validation that takes longer than this, in microseconds, is no work for the thread that answers requests. */
const most = 3_000

/** Whether something in a value is an expression. */
export const hasExpressions = (value: unknown): boolean => takesLong(value, 0)

/**
 * Whether a value takes long to validate: `perObject` microseconds for each object in it. Expressions always do: the language alone takes
 * a tenth of a second to load, and 100 characters 70 µs to compile. Looks no further than it must.
 */
export function takesLong(value: unknown, perObject: number): boolean {
  let effort = 0
  const todo: unknown[] = typeof value === 'object' && value !== null ? [value] : []
  for (let one = todo.pop(); one !== undefined; one = todo.pop()) {
    if (Array.isArray(one)) {
      for (const item of one) if (typeof item === 'object' && item !== null) todo.push(item)
      continue
    }
    effort += perObject
    for (const name in one as object) {
      const member = (one as Record<string, unknown>)[name]
      if (typeof member === 'object') {
        if (member !== null) todo.push(member)
      } else if (typeof member === 'string' && expressions.has(name)) return true
    }
    if (effort > most) return true
  }
  return false
}
