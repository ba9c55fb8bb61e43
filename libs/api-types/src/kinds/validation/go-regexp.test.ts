import { beforeAll, expect, it } from 'vitest'
import { loadCel } from './cel/library.ts'
import { goRegexpError, matchesGoRegexp } from './go-regexp.ts'

beforeAll(loadCel)

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
  for (const text of yes) expect(matchesGoRegexp(pattern, text), text).toBe(true)
  for (const text of no) expect(matchesGoRegexp(pattern, text), text).toBe(false)
})

it('a pattern that backtracking engines never finish takes no time', () => {
  const text = `${'a'.repeat(1_000)}!`
  for (let i = 0; i < 100; i++) expect(matchesGoRegexp(`^(a+)+$|${i}b`, text)).toBe(false)
  expect(matchesGoRegexp('^(a+)+$', 'aaa')).toBe(true)
})

it('a pattern that is none matches nothing', () => {
  expect(matchesGoRegexp('a(', 'a(')).toBe(false)
  expect(goRegexpError('a(')).toBe('error parsing regexp: missing closing ): `a(`')
})
