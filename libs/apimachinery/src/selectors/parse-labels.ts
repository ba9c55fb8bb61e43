import { checkKey, newRequirement, type Operator, type Requirement, SelectorError } from './requirement.ts'

type Kind = 'word' | 'symbol' | 'end' | 'error'
interface Token {
  readonly kind: Kind
  readonly text: string
}

/** Of a run such as `!=(` the longest symbol first. */
const scanner = /\s*(?:(!=|==|[()!,=<>])|([^\s()!,=<>]+)|$)/gy

function scan(text: string): Token[] {
  const tokens: Token[] = []
  scanner.lastIndex = 0
  let at = 0
  while (at < text.length) {
    scanner.lastIndex = at
    const match = scanner.exec(text)
    if (match === null) break
    const [all, symbol, word] = match
    at += all.length
    if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol })
  }
  tokens.push({ kind: 'end', text: '' })
  return tokens
}

const operators: Readonly<Record<string, Operator>> = {
  '=': '=',
  '==': '==',
  '!=': '!=',
  in: 'in',
  notin: 'notin',
  '>': 'gt',
  '<': 'lt',
}
/** In the order in which upstream lists them. */
const operatorNames = 'in, notin, =, ==, !=, gt, lt'

const end: Token = { kind: 'end', text: '' }

class Cursor {
  private at = 0
  private readonly tokens: readonly Token[]
  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }
  peek(): Token {
    return this.tokens[this.at] ?? end
  }
  next(): Token {
    return this.tokens[this.at++] ?? end
  }
  sees(symbol: string): boolean {
    const { kind, text } = this.peek()
    return kind === 'symbol' && text === symbol
  }
}

function fail(found: string, expected: string): never {
  throw new SelectorError(`found '${found}', expected: ${expected}`)
}

/** Requirements in the order in which they are written. */
export function parseLabelRequirements(text: string): Requirement[] {
  const cursor = new Cursor(scan(text))
  const requirements: Requirement[] = []
  if (cursor.peek().kind === 'end') return requirements
  if (!startsRequirement(cursor)) fail(cursor.peek().text, "!, identifier, or 'end of string'")
  for (;;) {
    try {
      requirements.push(parseRequirement(cursor))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new SelectorError(`unable to parse requirement: ${message}`, { cause: error })
    }
    const token = cursor.next()
    if (token.kind === 'end') return requirements
    if (token.kind !== 'symbol' || token.text !== ',') fail(token.text, "',' or 'end of string'")
    if (!startsRequirement(cursor)) fail(cursor.peek().text, "identifier after ','")
  }
}

const startsRequirement = (cursor: Cursor) => cursor.peek().kind === 'word' || cursor.sees('!')

function parseRequirement(cursor: Cursor): Requirement {
  const negated = cursor.sees('!')
  if (negated) cursor.next()
  const key = cursor.next()
  if (key.kind !== 'word') fail(key.text, 'identifier')
  checkKey(key.text)
  if (negated) return newRequirement(key.text, '!', [])
  if (cursor.peek().kind === 'end' || cursor.sees(',')) return newRequirement(key.text, 'exists', [])
  const token = cursor.next()
  const operator = Object.hasOwn(operators, token.text) ? operators[token.text] : undefined
  if (operator === undefined) fail(token.text, operatorNames)
  const values = operator === 'in' || operator === 'notin' ? parseSet(cursor) : [parseExact(cursor)]
  return newRequirement(key.text, operator, values)
}

function parseExact(cursor: Cursor): string {
  if (cursor.peek().kind === 'end' || cursor.sees(',')) return ''
  const token = cursor.next()
  if (token.kind !== 'word') fail(token.text, 'identifier')
  return token.text
}

/** `(a,b)`; an empty place between commas is the empty value. */
function parseSet(cursor: Cursor): string[] {
  const open = cursor.next()
  if (open.text !== '(') throw new SelectorError(`found '${open.text}' expected: '('`)
  const values: string[] = []
  if (cursor.peek().kind !== 'word' && !cursor.sees(',') && !cursor.sees(')')) {
    fail(cursor.peek().text, "',', ')' or identifier")
  }
  for (;;) {
    const token = cursor.peek()
    if (token.kind === 'word') values.push(cursor.next().text)
    else if (token.text === ',' || token.text === ')') values.push('')
    else fail(token.text, "',', or identifier")
    const after = cursor.next()
    if (after.text === ')') return values
    if (after.text !== ',') fail(after.text, "',' or ')'")
  }
}
