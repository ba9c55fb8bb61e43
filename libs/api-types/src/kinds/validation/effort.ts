/** Strings under these names are compiled. */
const expressions = new Set(['rule', 'expression', 'messageExpression', 'valueExpression'])

/** Validation that takes longer than this, in microseconds, is no work for the thread that answers requests. */
const most = 3_000

/**
 * Whether a value takes long to validate: `perObject` microseconds for each object in it, and for expressions what compiling them
 * takes (measured: 30 and half of one for each character). Looks no further than it must.
 */
export function takesLong(value: unknown, perObject: number): boolean {
  let effort = 0
  const todo: unknown[] = [value]
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
      } else if (typeof member === 'string' && expressions.has(name)) effort += 30 + member.length / 2
    }
    if (effort > most) return true
  }
  return false
}
