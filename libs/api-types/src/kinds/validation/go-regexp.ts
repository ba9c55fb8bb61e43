import { cel } from './cel/library.ts'

// patterns are Go's, whose engine came with CEL's functions: `loadCel` first, as strategies with patterns do

/** What Go's regexp says is wrong with a pattern, or undefined. */
export function goRegexpError(pattern: string): string | undefined {
  const { compilePattern, Failure } = cel()
  const compiled = compilePattern(pattern)
  return compiled instanceof Failure ? compiled.message : undefined
}

/** The pattern matches somewhere in the text, found in linear time whatever the pattern is. False for one that is wrong. */
export function matchesGoRegexp(pattern: string, text: string): boolean {
  const { compilePattern, Failure } = cel()
  const compiled = compilePattern(pattern)
  return !(compiled instanceof Failure) && compiled.test(text)
}
