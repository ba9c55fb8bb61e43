import { RE2JS, RE2JSSyntaxException } from 're2js'
import { declare, type Library } from '../check/declarations.ts'
import { Failure, type Value } from '../evaluate/values.ts'

/** Patterns seen lately. At the bound it begins anew; long ones are compiled each time. */
const known = new Map<string, RE2JS>()
const maxKnown = 512
const maxKnownLength = 1024

/** Expressions' patterns are RE2's: matching takes linear time, whatever is asked for. */
export function compilePattern(pattern: string): RE2JS | Failure {
  const hit = known.get(pattern)
  if (hit !== undefined) return hit
  try {
    const compiled = RE2JS.compile(pattern)
    if (known.size >= maxKnown) known.clear()
    if (pattern.length <= maxKnownLength) known.set(pattern, compiled)
    return compiled
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    // Go names a part of the pattern even where there is none
    return new Failure(`error parsing regexp: ${error.getDescription()}: \`${error.getPattern() ?? ''}\``)
  }
}

function matches(text: string, pattern: string): boolean | Failure {
  const compiled = compilePattern(pattern)
  return compiled instanceof Failure ? compiled : compiled.test(text)
}

function findAll(text: string, pattern: string, most = -1n): readonly string[] | Failure {
  const compiled = compilePattern(pattern)
  if (compiled instanceof Failure) return new Failure(`Illegal regex: ${compiled.message}`)
  const matcher = compiled.matcher(text)
  const found: string[] = []
  while ((most < 0n || BigInt(found.length) < most) && matcher.find()) found.push(matcher.group() ?? '')
  return found
}

function find(text: string, pattern: string): Value | Failure {
  const found = findAll(text, pattern, 1n)
  return found instanceof Failure ? found : (found[0] ?? '')
}

/** Functions whose second argument is a pattern: a constant one is looked at when the expression is compiled. */
export const patternFunctions: ReadonlySet<string> = new Set(['matches', 'find', 'findAll'])

export const regex: Library = {
  name: 'regex',
  functions: [
    declare('matches', { matches: '(string, string) -> bool', matches_string: 'string.(string) -> bool' }, matches),
    declare('find', { string_find_string: 'string.(string) -> string' }, find),
    declare(
      'findAll',
      {
        string_find_all_string: 'string.(string) -> list(string)',
        string_find_all_string_int: 'string.(string, int) -> list(string)',
      },
      findAll,
    ),
  ],
}
