import { describe, expect, it } from 'vitest'
import { compiledSelector, hasInvalidLabelValue, isEmptySelector, validateLabelSelector } from './label-selector.ts'

const expression = (key: string, operator: string, values?: string[]) => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
})

describe('a label selector', () => {
  it.each([
    [{}, []],
    [{ matchLabels: { app: 'a' } }, []],
    [expression('app', 'In'), ['s.matchExpressions[0].values: Required value']],
    [expression('app', 'Exists', ['a']), ['s.matchExpressions[0].values: Forbidden']],
    [expression('app', 'Like'), ['s.matchExpressions[0].operator: Invalid value: "Like"']],
    [expression('a b', 'Exists'), ['s.matchExpressions[0].key: Invalid value: "a b"']],
    [expression('app', 'In', ['ok', '-']), ['s.matchExpressions[0].values[1]: Invalid value: "-"']],
    [{ matchLabels: { 'a b': 'x' } }, ['s.matchLabels: Invalid value: "a b"']],
  ])('%j is told about: %j', (selector, expected) => {
    const told = validateLabelSelector(selector, 's').map(({ field, message }) => `${field}: ${message}`)
    expect(told).toHaveLength(expected.length)
    expected.forEach((text, index) => {
      expect(told[index]).toContain(text)
    })
  })

  it('may keep what it had', () => {
    const old = expression('app', 'In', ['-'])
    expect(hasInvalidLabelValue(old)).toBe(true)
    expect(validateLabelSelector(old, 's', { allowInvalidValues: true })).toEqual([])
  })

  it('is compiled, empty or not understood', () => {
    expect(compiledSelector({ matchLabels: { a: 'b' } })?.matches({ a: 'b' })).toBe(true)
    expect(compiledSelector(expression('a', 'Like'))).toBeUndefined()
    expect([isEmptySelector({ matchLabels: {} }), isEmptySelector(expression('a', 'Exists'))]).toEqual([true, false])
  })
})
