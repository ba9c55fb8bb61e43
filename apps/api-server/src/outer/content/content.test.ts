import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readHttpTime } from './http-time.ts'
import { isOfRange, judge } from './preconditions.ts'
import { readRanges } from './ranges.ts'

// all but the properties are recorded from kube-apiserver v1.36.1
const whole: object[] = []
const invalid = 'invalid range'

describe('a Range', () => {
  const size = 1856
  it.each<[string, [start: number, length: number][] | string | object[]]>([
    ['', whole],
    ['bytes=', whole],
    ['bytes=,', whole],
    ['bytes=0-9', [[0, 10]]],
    ['bytes=-5', [[1851, 5]]],
    ['bytes=1853-', [[1853, 3]]],
    [
      'bytes=0-0, -1',
      [
        [0, 1],
        [1855, 1],
      ],
    ],
    [
      'bytes=0-1,,2-3',
      [
        [0, 2],
        [2, 2],
      ],
    ],
    ['bytes=0-1,1861-1862', [[0, 2]]],
    ['bytes=0-9999999999', [[0, 1856]]],
    ['bytes=-99999999', [[0, 1856]]],
    ['bytes=-0', [[1856, 0]]],
    ['bytes=+1-2', [[1, 2]]],
    ['bytes=1-+2', [[1, 2]]],
    ['bytes= 1 - 2 ', [[1, 2]]],
    ['bytes=1856-', 'invalid range: failed to overlap'],
    ['bytes=1856-x', 'invalid range: failed to overlap'],
    ['bytes=5-2', invalid],
    ['bytes=-', invalid],
    ['bytes=--1', invalid],
    ['bytes=a-b', invalid],
    ['bytes=0-1,x', invalid],
    ['bytes=1_0-2_0', invalid],
    ['bytes=99999999999999999999-', invalid],
    ['octets=0-1', invalid],
    ['Bytes=0-1', invalid],
    ['bytes = 0-1', invalid],
  ])('%s', (header, expected) => {
    const found = readRanges(header, size)
    expect(typeof found === 'string' ? found : found.map(({ start, length }) => [start, length])).toEqual(expected)
  })

  it('of more than 16 KiB is not read', () => {
    const ranges = (count: number) => `bytes=${'0-0,'.repeat(count)}`
    expect(readRanges(ranges(4_000), size)).toHaveLength(4_000)
    expect(readRanges(ranges(250_000), size)).toEqual(whole)
    expect(readRanges(`bytes=0-${'9'.repeat(1_000_000)}`, size)).toEqual(whole)
  })

  it('is always within the content', () => {
    const part = fc.oneof(
      fc.tuple(fc.nat(50), fc.nat(50)).map(two => two.join('-')),
      fc.string({ maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.nat(40), (parts, length) => {
        const found = readRanges(`bytes=${parts.join(',')}`, length)
        if (typeof found === 'string') return
        for (const range of found) {
          expect(range.start).toBeGreaterThanOrEqual(0)
          expect(range.length).toBeGreaterThanOrEqual(0)
          expect(range.start + range.length).toBeLessThanOrEqual(length)
        }
      }),
    )
  })
})

const etag = '"A7"'
const modified = Date.parse('2026-11-27T07:47:34Z') / 1000
const now = 'Fri, 27 Nov 2026 07:47:34 GMT'
const before = 'Fri, 27 Nov 2026 07:47:33 GMT'

describe('a condition', () => {
  it.each([
    ['GET', {}, 'go on'],
    ['GET', { 'if-none-match': etag }, 'not modified'],
    ['GET', { 'if-none-match': `W/${etag}` }, 'not modified'],
    ['GET', { 'if-none-match': `"a" , W/"b",${etag}` }, 'not modified'],
    ['GET', { 'if-none-match': '*' }, 'not modified'],
    ['GET', { 'if-none-match': `a,${etag}` }, 'go on'],
    ['GET', { 'if-none-match': '"x"', 'if-modified-since': now }, 'go on'],
    ['POST', { 'if-none-match': etag }, 'precondition failed'],
    ['GET', { 'if-match': etag }, 'go on'],
    ['GET', { 'if-match': '*' }, 'go on'],
    ['GET', { 'if-match': `W/${etag}` }, 'precondition failed'],
    ['GET', { 'if-match': '"x"' }, 'precondition failed'],
    ['GET', { 'if-match': etag, 'if-unmodified-since': before }, 'go on'],
    ['GET', { 'if-unmodified-since': now }, 'go on'],
    ['GET', { 'if-unmodified-since': before }, 'precondition failed'],
    ['GET', { 'if-unmodified-since': 'Mon, 1 Jan 2001 00:00:00 GMT' }, 'go on'],
    ['HEAD', { 'if-modified-since': now }, 'not modified'],
    ['GET', { 'if-modified-since': before }, 'go on'],
    ['POST', { 'if-modified-since': now }, 'go on'],
  ] as const)('of a %s: %j', (method, headers, expected) => {
    expect(judge(method, headers, { etag, modified })).toBe(expected)
  })

  it.each([
    ['GET', etag, true],
    ['GET', `${etag}, "x"`, true],
    ['GET', `W/${etag}`, false],
    ['GET', '"x"', false],
    ['GET', 'junk', false],
    ['GET', now, true],
    ['GET', before, false],
    ['POST', '"x"', true],
  ] as const)('of a range by %s: %s', (method, ifRange, expected) => {
    expect(isOfRange(method, { 'if-range': ifRange }, { etag, modified })).toBe(expected)
  })

  it('is looked for among a thousand tags', () => {
    const behind = (count: number) => `${'"a",'.repeat(count)}${etag}`
    expect(judge('GET', { 'if-none-match': behind(999) }, { etag, modified })).toBe('not modified')
    expect(judge('GET', { 'if-none-match': behind(1_000) }, { etag, modified })).toBe('go on')
    expect(judge('GET', { 'if-match': behind(999) }, { etag, modified })).toBe('go on')
    expect(judge('GET', { 'if-match': behind(1_000) }, { etag, modified })).toBe('precondition failed')
  })

  it('that speaks of a tag is met by no content without one', () => {
    expect(judge('GET', { 'if-match': '""' }, { etag: '', modified })).toBe('precondition failed')
  })
})

it.each([
  ['Mon, 01 Jan 2001 00:00:00 GMT', 978_307_200],
  ['Sun, 01 Jan 2001 00:00:00 GMT', 978_307_200],
  ['Monday, 01-Jan-01 00:00:00 GMT', 978_307_200],
  ['Thursday, 01-Jan-70 00:00:01 GMT', 1],
  ['Mon Jan  1 00:00:00 2001', 978_307_200],
  ['Sat, 31 Feb 2001 00:00:00 GMT', undefined],
  ['Mon, 01 Jan 2001 00:00:00 +0000', undefined],
  ['', undefined],
])('a time: %s', (text, seconds) => {
  expect(readHttpTime(text)).toBe(seconds)
})
