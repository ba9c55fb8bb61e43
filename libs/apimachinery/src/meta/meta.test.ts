import { describe, expect, it } from 'vitest'
import { ageSince, humanDuration, shortHumanDuration } from './duration.ts'
import { semanticEqual } from './equal.ts'
import { generateName } from './generate-name.ts'
import { formatMicroTime, formatTime } from './time.ts'

const s = 1000
const [m, h, d] = [60 * s, 3600 * s, 86400 * s]

describe('an age', () => {
  it.each([
    [-2 * s, '<invalid>'],
    [-1 * s, '0s'],
    [0, '0s'],
    [119 * s, '119s'],
    [2 * m, '2m'],
    [2 * m + 3 * s, '2m3s'],
    [10 * m + 3 * s, '10m'],
    [179 * m, '179m'],
    [3 * h + 4 * m, '3h4m'],
    [8 * h + 4 * m, '8h'],
    [47 * h, '47h'],
    [48 * h, '2d'],
    [3 * d + 5 * h, '3d5h'],
    [8 * d + 5 * h, '8d'],
    [729 * d, '729d'],
    [731 * d, '2y1d'],
    [9 * 365 * d, '9y'],
  ])('of %d ms is %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text)
  })

  it('is one figure where it must be short', () => {
    expect([59 * s, 61 * s, 3 * h + 59 * m, 49 * h, 800 * d].map(shortHumanDuration)).toEqual([
      '59s',
      '1m',
      '3h',
      '2d',
      '2y',
    ])
  })

  it('is unknown without a time', () => {
    expect(ageSince(undefined, 0)).toBe('<unknown>')
    expect(ageSince('1970-01-01T00:00:00Z', 5000)).toBe('5s')
  })
})

describe('a generated name', () => {
  it('has five characters of the alphabet behind the prefix', () => {
    expect(generateName('a-')).toMatch(/^a-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    expect(generateName('a-', () => 0)).toBe('a-bbbbb')
  })

  it('stays within 63 bytes', () => {
    expect(generateName('x'.repeat(80))).toHaveLength(63)
  })
})

describe('semantic equality', () => {
  it.each([
    [{ a: [] }, {}, true],
    [{ a: {} }, { a: null }, true],
    [{ a: undefined }, {}, true],
    [{ a: 0 }, {}, false],
    [[1, 2], [1, 3], false],
    [{ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 1 }] } }, true],
  ])('of %j and %j is %j', (a, b, expected) => {
    expect(semanticEqual(a, b)).toBe(expected)
    expect(semanticEqual(b, a)).toBe(expected)
  })
})

it('writes times as the wire has them', () => {
  expect(formatTime(1_700_000_000_987)).toBe('2023-11-14T22:13:20Z')
  expect(formatMicroTime(1_700_000_000_987.25)).toBe('2023-11-14T22:13:20.987250Z')
})
