import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Quantity } from './quantity.ts'

const parse = Quantity.parse

describe('a quantity', () => {
  it.each([
    ['0', '0'],
    ['1', '1'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1000Ki', '1000Ki'],
    ['512', '512'],
    ['1023Ki', '1023Ki'],
    ['0.5Ki', '512'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['12e-3', '12e-3'],
    ['1E', '1E'],
    ['+5k', '5k'],
    ['-100m', '-100m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['0.0000000001', '1n'],
    ['9223372036854775808', '9223372036854775807'],
    ['100000', '100k'],
  ])('%s is written %s', (text, canonical) => {
    expect(parse(text).toString()).toBe(canonical)
  })

  it.each([
    ['', 'quantities must match the regular expression'],
    ['abc', 'quantities must match the regular expression'],
    ['1x', 'quantities must match the regular expression'],
    ['10KB', 'quantities must match the regular expression'],
    ['10mi', "unable to parse quantity's suffix"],
    ['1K', "unable to parse quantity's suffix"],
    ['.', 'unable to parse numeric part of quantity'],
  ])('%j is refused', (text, message) => {
    expect(() => parse(text)).toThrow(message)
  })

  it('adds, subtracts and compares exactly', () => {
    expect(parse('100m').add(parse('0.9')).toString()).toBe('1')
    expect(parse('1Gi').sub(parse('1')).toString()).toBe('1073741823')
    expect(parse('1Gi').compare(parse('1G'))).toBe(1)
    expect(parse('0.1').add(parse('0.2')).compare(parse('0.3'))).toBe(0)
  })

  it('rounds up when it must', () => {
    expect([parse('1m').asInt(), parse('1u').toMilli(), parse('2500m').asInt(), parse('-1m').asInt()]).toEqual([
      1n,
      1n,
      3n,
      -1n,
    ])
  })

  it('keeps its value through its canonical text', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'u', 'n', 'e3', 'e-2')
    fc.assert(
      fc.property(fc.integer(), fc.nat(999), suffix, (whole, fraction, unit) => {
        const quantity = parse(`${whole}.${String(fraction).padStart(3, '0')}${unit}`)
        const again = parse(quantity.toString())
        expect(again.nanos).toBe(quantity.nanos)
        expect(again.toString()).toBe(quantity.toString())
      }),
    )
  })
})

it('of very many digits is what one of a few is', () => {
  const many = 50_000
  const cap = parse('9223372036854775807').nanos
  expect(parse('9'.repeat(many)).nanos).toBe(cap)
  expect(parse(`-${'9'.repeat(many)}`).nanos).toBe(-cap)
  expect(parse(`${'9'.repeat(many)}e-9999`).nanos).toBe(cap)
  expect(parse(`${'0'.repeat(many)}7`).nanos).toBe(parse('7').nanos)
  expect(parse(`0.${'0'.repeat(many)}`).nanos).toBe(0n)
  // finer than a billionth rounds up
  expect(parse(`0.${'0'.repeat(many)}1`).nanos).toBe(1n)
  expect(parse(`1.${'3'.repeat(many)}`).nanos).toBe(1_333_333_334n)
})
