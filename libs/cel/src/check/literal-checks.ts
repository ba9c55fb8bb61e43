import { Failure } from '../evaluate/values.ts'
import { parseDuration } from '../functions/durations.ts'
import { clauseTypes, readFormat } from '../functions/format-string.ts'
import { compilePattern } from '../functions/regex.ts'
import { parseTimestamp } from '../functions/timestamps.ts'
import type { Call, Expression } from '../syntax/expression.ts'
import type { Issue, Source } from '../syntax/source.ts'
import type { Checked } from './checker.ts'
import { displayType, sameType, type Type } from './types.ts'

/** What constants in a well-typed expression cannot be: durations, times and patterns that are none, wrong formats, mixed lists. */
export function checkLiterals(checked: Checked, source: Source, issues: Issue[]): undefined {
  const report: Report = ({ at }, message) => {
    issues.push({ location: source.locationOf(at), message })
  }
  walk(checked.expression, false, (expression, exempt) => {
    switch (expression.kind) {
      case 'call':
        return checkCall(expression, checked, report)
      case 'list':
        return exempt ? undefined : checkList(expression, checked, report)
      case 'map':
        return exempt ? undefined : checkMap(expression, checked, report)
    }
  })
}

type Report = (at: { at: number }, message: string) => undefined

const literalChecks: Record<string, (text: string) => unknown> = {
  duration: parseDuration,
  timestamp: parseTimestamp,
  matches: compilePattern,
}

function checkCall(call: Call, checked: Checked, report: Report): undefined {
  const check = literalChecks[call.function]
  const [argument] = call.arguments
  if (check !== undefined && argument?.kind === 'literal' && typeof argument.value === 'string') {
    if (check(argument.value) instanceof Failure) report(argument, `invalid ${call.function} argument`)
  }
  if (call.function === 'format' && call.target?.kind === 'literal' && typeof call.target.value === 'string')
    if (argument?.kind === 'list') checkFormat(call, call.target.value, argument.elements, checked, report)
}

function checkFormat(
  call: Call,
  format: string,
  args: readonly Expression[],
  checked: Checked,
  report: Report,
): undefined {
  const parts = readFormat(format)
  if (parts instanceof Failure) return report(call, parts.message)
  let used = 0
  for (const part of parts) {
    if (typeof part === 'string') continue
    const argument = args[used++]
    if (argument === undefined) return report(call, `index ${used - 1} out of range`)
    const wrong = wrongFor(part.letter, argument, checked)
    if (wrong === undefined) continue
    const { error } = clauseTypes[part.letter.toLowerCase()] as { error: string }
    return report(wrong.at, `error during formatting: ${error} ${wrong.type.name}`)
  }
  if (args.length > used)
    report(call, `too many arguments supplied to string.format (expected ${used}, got ${args.length})`)
}

function wrongFor(letter: string, argument: Expression, checked: Checked): { at: Expression; type: Type } | undefined {
  const type = checked.types.get(argument.id) as Type
  const { kinds } = clauseTypes[letter.toLowerCase()] as { kinds: readonly string[] }
  if (type.kind !== 'dyn' && !kinds.includes(type.kind)) return { at: argument, type }
  if (letter !== 's') return undefined
  const inside =
    argument.kind === 'list'
      ? argument.elements
      : argument.kind === 'map'
        ? argument.entries.flatMap(each => [each.key, each.value])
        : []
  for (const each of inside) {
    const wrong = wrongFor(letter, each, checked)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const mismatch = (wanted: Type, found: Type) =>
  `expected type '${displayType(wanted)}' but found '${displayType(found)}'`

function typeOfPart(expression: Expression, optional: boolean, checked: Checked): Type {
  const type = checked.types.get(expression.id) as Type
  return optional ? (type.parameters[0] ?? type) : type
}

function checkList(list: Extract<Expression, { kind: 'list' }>, checked: Checked, report: Report): undefined {
  let first: Type | undefined
  for (const [index, each] of list.elements.entries()) {
    const type = typeOfPart(each, list.optional.has(index), checked)
    if (first === undefined) first = type
    else if (!sameType(first, type)) return report(each, mismatch(first, type))
  }
}

function checkMap(map: Extract<Expression, { kind: 'map' }>, checked: Checked, report: Report): undefined {
  let first: { key: Type; value: Type } | undefined
  for (const entry of map.entries) {
    const key = typeOfPart(entry.key, false, checked)
    const value = typeOfPart(entry.value, entry.optional, checked)
    if (first === undefined) {
      first = { key, value }
      continue
    }
    if (!sameType(first.key, key)) report(entry.key, mismatch(first.key, key))
    if (!sameType(first.value, value)) report(entry.value, mismatch(first.value, value))
  }
}

/** All nodes, with whether they stand in the arguments of `format`, which may be of any types. */
function walk(expression: Expression, exempt: boolean, visit: (each: Expression, exempt: boolean) => void): void {
  visit(expression, exempt)
  const inside = exempt || isFormat(expression)
  for (const each of partsOf(expression)) walk(each, inside, visit)
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'select':
      return [expression.operand]
    case 'call':
      return expression.target === undefined ? expression.arguments : [expression.target, ...expression.arguments]
    case 'list':
      return expression.elements
    case 'map':
      return expression.entries.flatMap(each => [each.key, each.value])
    case 'struct':
      return expression.fields.map(each => each.value)
    case 'comprehension':
      return [expression.range, expression.initial, expression.condition, expression.step, expression.result]
    default:
      return []
  }
}

const isFormat = (expression: Expression) => expression.kind === 'call' && expression.function === 'format'
