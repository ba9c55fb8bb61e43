import { type Expected, expected } from './expected.ts'
import type { TokenStream } from './token-stream.ts'
import { kind, type Token } from './tokens.ts'

/** Of a selection or of a message's field. Without a name the report stands already. */
export function fieldName(tokens: TokenStream, after: Expected): { name: string | undefined; at: number } {
  let found: Token | undefined
  const at = tokens.token.start
  tokens.open('escapeIdentifier', after)
  try {
    tokens.sync(expected.fieldName)
    const escaped = tokens.next === kind.escapedIdentifier
    found = tokens.match(escaped ? kind.escapedIdentifier : kind.identifier, expected.ruleEnd)
  } catch (error) {
    tokens.failed('escapeIdentifier', error)
  } finally {
    tokens.close('escapeIdentifier')
  }
  if (found?.kind === kind.identifier) return { name: found.text, at: found.start }
  tokens.report(found === undefined ? 'unsupported ident kind' : "unsupported syntax: '`'", at)
  return { name: undefined, at }
}
