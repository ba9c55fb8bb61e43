import { describe, expect, it } from 'vitest'
import { parseFieldSelector } from './field-selector.ts'
import { labelSelectorOf, parseLabelSelector } from './label-selector.ts'

describe('a label selector', () => {
  const labels = { app: 'web', tier: 'front', n: '5', empty: '' }
  it.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier = front', true],
    ['app!=web', false],
    ['missing!=x', true],
    ['app in (web,db)', true],
    ['app in (db)', false],
    ['app notin (db, cache)', true],
    ['missing notin (a)', true],
    ['missing in (a)', false],
    ['app', true],
    ['missing', false],
    ['!missing', true],
    ['! app', false],
    ['n>4', true],
    ['n<4', false],
    ['empty=', true],
    ['empty in ()', true],
    ['app=', false],
    ['x in (,a)', false],
    ['in in (in)', false],
    ['example.com/a!=b,app', true],
  ])('%j matches: %j', (text, expected) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(expected)
  })

  it.each([
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b,', "found '', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a==(', "unable to parse requirement: found '(', expected: identifier"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ])('%j is refused', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message)
  })

  it('refuses keys and values that no label can have', () => {
    expect(() => parseLabelSelector('a/b/c=d')).toThrow('unable to parse requirement: <nil>: Invalid value: "a/b/c"')
    expect(() => parseLabelSelector('a=-')).toThrow('values[0][a]: Invalid value: "-": a valid label must be')
    expect(() => parseLabelSelector('a>b')).toThrow('the value must be an integer')
  })

  it('never takes an inherited member for a label', () => {
    expect(parseLabelSelector('constructor').matches({})).toBe(false)
    expect(parseLabelSelector('!toString').matches({ a: 'b' })).toBe(true)
  })

  it('is written back sorted by key', () => {
    expect(parseLabelSelector('z=1,a in (c,b),!m').toString()).toBe('a in (b,c),!m,z=1')
  })

  it('is read from its API form', () => {
    const object = {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['back'] }],
    }
    expect(labelSelectorOf(object).matches(labels)).toBe(true)
    expect(labelSelectorOf({}).matches(labels)).toBe(true)
    expect(labelSelectorOf(undefined).matches(labels)).toBe(false)
    expect(() => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'Near' }] })).toThrow(
      '"Near" is not a valid label selector operator',
    )
  })
})

describe('a field selector', () => {
  const fields = { 'metadata.name': 'a,b', 'status.phase': 'Running' }
  it.each([
    ['', true],
    ['status.phase=Running', true],
    ['status.phase==Running', true],
    ['status.phase!=Running', false],
    ['status.phase!=Failed,status.phase!=Succeeded', true],
    ['metadata.name=a\\,b', true],
    ['spec.nodeName=', true],
  ])('%j matches: %j', (text, expected) => {
    expect(parseFieldSelector(text).matches(fields)).toBe(expected)
  })

  it('is refused in upstream’s words', () => {
    expect(() => parseFieldSelector('a')).toThrow("invalid selector: 'a'; can't understand 'a'")
    expect(() => parseFieldSelector('a=b\\c')).toThrow('invalid field selector: invalid escape sequence: \\c')
    expect(() => parseFieldSelector('a=b=c')).toThrow('invalid field selector: unescaped character in value: 61')
  })

  it('tells the value that it pins', () => {
    const selector = parseFieldSelector('spec.nodeName=n1,status.phase!=Failed')
    expect([selector.exact('spec.nodeName'), selector.exact('status.phase')]).toEqual(['n1', undefined])
  })
})
