import { kind, nameOf, type TokenKind } from './tokens.ts'

/** What may follow at some place of the grammar. `end`: the rule may end there, so that what follows its caller may come too. */
export interface Expected {
  kinds: ReadonlySet<TokenKind>
  end: boolean
}

const set = (kinds: Iterable<TokenKind>, end = false): Expected => ({ kinds: new Set(kinds), end })

const startOfPrimary = [
  kind.leftBracket,
  kind.leftBrace,
  kind.leftParenthesis,
  kind.dot,
  kind.minus,
  kind.true,
  kind.false,
  kind.null,
  kind.float,
  kind.int,
  kind.uint,
  kind.string,
  kind.bytes,
  kind.identifier,
] as const
const startOfUnary = [...startOfPrimary, kind.exclamation] as const

/** Sets of tokens that the grammar's rules wait for, or that come after a rule in its caller. */
export const expected = {
  end: set([kind.eof]),
  unary: set(startOfUnary),
  ruleEnd: set([], true),
  question: set([kind.question], true),
  colon: set([kind.colon]),
  or: set([kind.or], true),
  and: set([kind.and], true),
  relation: set(
    [kind.equals, kind.notEquals, kind.in, kind.less, kind.lessEquals, kind.greaterEquals, kind.greater],
    true,
  ),
  calculation: set([kind.star, kind.slash, kind.percent, kind.plus, kind.minus], true),
  member: set([kind.dot, kind.leftBracket], true),
  rightParenthesis: set([kind.rightParenthesis]),
  rightBracket: set([kind.rightBracket]),
  rightBrace: set([kind.rightBrace]),
  comma: set([kind.comma], true),
  commaOrBracket: set([kind.comma, kind.rightBracket]),
  commaOrBrace: set([kind.comma, kind.rightBrace]),
  listStart: set([...startOfUnary, kind.question, kind.comma, kind.rightBracket]),
  mapStart: set([...startOfUnary, kind.question, kind.comma, kind.rightBrace]),
  fieldStart: set([kind.question, kind.identifier, kind.escapedIdentifier, kind.comma, kind.rightBrace]),
  field: set([kind.question, kind.identifier, kind.escapedIdentifier]),
  fieldName: set([kind.identifier, kind.escapedIdentifier]),
  identifier: set([kind.identifier]),
  argumentsStart: set([...startOfUnary, kind.rightParenthesis]),
  indexStart: set([...startOfUnary, kind.question]),
  optional: set([...startOfUnary, kind.question]),
} as const

export const startsExpression = expected.unary.kinds

/** As error messages show a set: one name bare, several in braces. */
export function displayExpected(kinds: Iterable<TokenKind>): string {
  const sorted = [...new Set(kinds)].sort((a, b) => a - b)
  const list = sorted.map(nameOf).join(', ')
  return sorted.length > 1 ? `{${list}}` : list
}
