import { describe, expect, it } from 'vitest'
import {
  admissionEnvironment,
  authorizerValue,
  baseEnvironment,
  CompileError,
  compileExpression,
  type Environment,
  fromJson,
  type Program,
  readType,
  type Value,
} from './index.ts'

function compiled(text: string, environment: Environment = baseEnvironment): Program {
  const program = compileExpression(environment, text)
  if (program instanceof CompileError) throw program
  return program
}
const nothing = () => undefined

describe('an evaluation', () => {
  it('ends when its budget is used up, even where an error would not matter', () => {
    const { result, exceeded } = compiled('true || lists.range(100000).all(x, x >= 0)').evaluate(nothing, 100)
    expect({ result, exceeded }).toEqual({ result: true, exceeded: false })
    const other = compiled('lists.range(100000).all(x, x >= 0) || true').evaluate(nothing, 100)
    expect(other.exceeded).toBe(true)
    expect(other.result).toMatchObject({ message: 'operation cancelled: actual cost limit exceeded' })
  })

  it('has a budget of a million units where none is given', () => {
    const { exceeded, cost } = compiled('lists.range(1000).all(a, lists.range(1000).all(b, true))').evaluate(nothing)
    expect(exceeded).toBe(true)
    expect(cost).toBeGreaterThan(1_000_000)
    expect(cost).toBeLessThan(1_010_000)
  })

  it('builds lists and maps in linear time', () => {
    const { result } = compiled('lists.range(70000).map(x, x)').evaluate(nothing)
    expect(result).toHaveLength(70_000)
    const map = compiled('lists.range(20000).transformMap(i, v, v).size()').evaluate(nothing)
    expect(map.result).toBe(20_000n)
  })

  it('leaves constants as they are', () => {
    const program = compiled('[].map(x, x) == [] && [1].map(x, x) == [1]')
    expect([program.evaluate(nothing).result, program.evaluate(nothing).result]).toEqual([true, true])
  })

  it('does not look up what is named like a member of Object', () => {
    const environment = baseEnvironment.extend({ variables: { x: readType('dyn') } })
    const x = fromJson(JSON.parse('{"__proto__": {"a": 1}, "10": 2}'))
    const value = (text: string) => compiled(text, environment).evaluate(name => (name === 'x' ? x : undefined)).result
    expect(value('x.__proto__.a')).toBe(1n)
    expect(value("x['10']")).toBe(2n)
    expect(value('has(x.constructor) || has(x.toString)')).toBe(false)
  })

  it('takes time in proportion to a pattern and a text, not more', () => {
    const text = `'${'a'.repeat(5000)}!'`
    expect(compiled(`${text}.matches('^(a+)+$')`).evaluate(nothing).result).toBe(false)
  })
})

it('an expression that macros make too large is refused', () => {
  const program = compileExpression(baseEnvironment, `optional.of(1)${'.optMap(v, v)'.repeat(40)}.hasValue()`)
  expect(program).toBeInstanceOf(CompileError)
  expect(String(program)).toContain('expression is too large: more than 200000 nodes')
})

describe('an authorizer', () => {
  const environment = admissionEnvironment({ params: false, authorizer: true })
  const asked: unknown[] = []
  const authorizer = authorizerValue(question => {
    asked.push(question)
    return { allowed: true, reason: 'because' }
  })
  const value = (text: string) => {
    const variables = (name: string): Value | undefined => (name === 'authorizer' ? authorizer : undefined)
    return compiled(text, environment).evaluate(variables)
  }

  it('is asked what the expression says, at 350,000 units', () => {
    const text =
      "authorizer.group('apps').resource('deployments').namespace('a').name('b').subresource('scale').check('get').allowed()"
    expect(value(text)).toMatchObject({ result: true, cost: 350_007 })
    expect(asked).toEqual([
      {
        verb: 'get',
        resource: { group: 'apps', resource: 'deployments', namespace: 'a', name: 'b', subresource: 'scale' },
      },
    ])
  })

  it('may be asked twice in a call', () => {
    const once = "authorizer.path('/x').check('get').reason() == 'because'"
    expect(value(`${once} && ${once}`).exceeded).toBe(false)
    expect(value(`${once} && ${once} && ${once}`).exceeded).toBe(true)
  })
})
