import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  baseEnvironment,
  CompileError,
  compileExpression,
  displayCelValue,
  estimateCost,
  Failure,
  fromJson,
  Optional,
  readType,
  typeOfValue,
  typeText,
  type Value,
} from './index.ts'

/** What cel-go with Kubernetes v1.36.1's libraries said of an expression (`tools/cel-answers` asks it again). */
interface RecordedAnswer {
  expr: string
  /** It does not compile. */
  error?: string
  type?: string
  /** Bounds of its estimated cost. */
  min?: string
  max?: string
  /** It cannot be run. */
  program?: string
  value?: string
  failure?: string
  cost?: string
}

const types = {
  s: 'string',
  i: 'int',
  b: 'bool',
  d: 'double',
  l: 'list(string)',
  n: 'list(int)',
  m: 'map(string, string)',
  x: 'dyn',
  t: 'timestamp',
  u: 'duration',
  y: 'bytes',
}
const environment = baseEnvironment.extend({
  variables: Object.fromEntries(Object.entries(types).map(([name, text]) => [name, readType(text)])),
})

function constant(text: string): Value {
  const program = compileExpression(baseEnvironment, text)
  if (program instanceof CompileError) throw program
  return program.evaluate(() => undefined).result as Value
}

const variables = new Map<string, Value>([
  ['s', 'hello'],
  ['i', 7n],
  ['b', true],
  ['d', 1.5],
  ['l', ['a', 'bc', 'def']],
  ['n', [3n, 1n, 2n]],
  ['m', fromJson({ k: 'v' })],
  ['x', fromJson({ a: { b: 1, c: ['p', 2] }, z: null })],
  ['t', constant("timestamp('2024-02-29T12:34:56.789Z')")],
  ['u', constant("duration('1h30m5.5s')")],
  ['y', Buffer.from('abc')],
])

const shown = (value: Value): string => {
  if (value instanceof Optional)
    return value.value === undefined ? 'optional.none()' : `optional(${shown(value.value)})`
  return typeof value === 'string' ? JSON.stringify(value) : `${typeOfValue(value).name} ${displayCelValue(value)}`
}

function answer(expr: string): RecordedAnswer {
  const program = compileExpression(environment, expr)
  if (program instanceof CompileError) return { expr, error: program.message }
  const { min, max } = estimateCost(program.checked)
  const found = { expr, type: typeText(program.outputType), min: String(min), max: String(max) }
  if (program.unready !== undefined) return { ...found, program: program.unready }
  const { result, cost } = program.evaluate(name => variables.get(name))
  return result instanceof Failure
    ? { ...found, failure: result.message, cost: String(cost) }
    : { ...found, value: shown(result), cost: String(cost) }
}

const recorded = JSON.parse(
  readFileSync(new URL('testing/expressions.json', import.meta.url), 'utf8'),
) as RecordedAnswer[]

describe('expressions mean, cost and fail as in Kubernetes', () => {
  it.each(recorded.map(each => [each.expr.slice(0, 80), each] as const))('%s', (_text, each) => {
    expect(answer(each.expr)).toEqual(each)
  })
})
