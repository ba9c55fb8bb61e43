import { expect, it } from 'vitest'
import { goRegexp, goRegexpError, matchesGoRegexp } from './go-regexp.ts'

it.each([
  ['(?i)^abc$', ['ABC'], ['abd']],
  ['\\Aa+\\z', ['aaa'], ['baa']],
  ['^\\pL+$', ['äb'], ['a1']],
  ['^[\\pN_]+$', ['1_'], ['a']],
  ['^\\p{Greek}$', ['λ'], ['l']],
  ['^\\P{^Lu}$', ['A'], ['a']],
  ['^[[:alpha:]-]+$', ['a-b'], ['1']],
  ['^[^[:digit:]]$', ['a'], ['1']],
  ['^\\Qa.b\\E$', ['a.b'], ['axb']],
  ['^(?P<x>a)b$', ['ab'], ['b']],
  ['^\\s$', [' '], ['\u00a0', '\v']],
  ['^a{,2}$', ['a{,2}'], ['aa']],
  ['^\\x41\\x{1F600}$', ['A😀'], ['A']],
  ['^.$', ['😀'], ['ab']],
  ['^\\d+\\_$', ['1_'], ['a_']],
])('%s matches as in Go', (pattern, yes, no) => {
  expect(goRegexpError(pattern)).toBeUndefined()
  for (const text of yes) expect(goRegexp(pattern)?.test(text), text).toBe(true)
  for (const text of no) expect(goRegexp(pattern)?.test(text), text).toBe(false)
})

it('a pattern that would never end is given up', () => {
  expect(matchesGoRegexp('^(a+)+$', `${'a'.repeat(50)}!`)).toBe(false)
  expect(matchesGoRegexp('^(a+)+$', 'aaa')).toBe(true)
})

it('many such patterns end together', async () => {
  const slow = (i: number) => matchesGoRegexp(`^(a+)+$|${i}b`, `${'a'.repeat(50)}!`)
  expect(Array.from({ length: 1000 }, (_, i) => slow(i))).not.toContain(true)
  expect(matchesGoRegexp('a', 'a')).toBe(false)
  await new Promise(resolve => setImmediate(resolve))
  expect(matchesGoRegexp('a', 'a')).toBe(true)
})

it('a pattern that is none matches nothing', () => {
  expect(goRegexp('a(')).toBeUndefined()
  expect(goRegexpError('a(')).toBe('error parsing regexp: missing closing ): `a(`')
})
