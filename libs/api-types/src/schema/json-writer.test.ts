import { describe, expect, it } from 'vitest'
import { JsonWriter } from './json-writer.ts'

const writer = new JsonWriter()
const quote = (text: unknown) => Buffer.from(writer.written(writer.text(0, text))).toString()

const awkward = [
  '"',
  '\\',
  '\n',
  '\0',
  '\x1f',
  ' ',
  '~',
  '\x7f',
  'é',
  '\ud800',
  '\udc00',
  '😀',
  '\u2028',
  '<',
  'a',
  'Z',
  '0',
]

describe('quote', () => {
  it('gives what JSON.stringify gives, whatever stands where in a text of whatever length', () => {
    for (const character of awkward) {
      for (const length of [0, 1, 2, 46, 47, 48, 49, 200]) {
        for (const text of [
          character + 'x'.repeat(length),
          'x'.repeat(length) + character,
          `x${character}x`,
          'x'.repeat(length),
        ])
          expect(quote(text)).toBe(JSON.stringify(text))
      }
    }
    for (let unit = 0; unit < 0x1_0000; unit += unit < 0x100 ? 1 : 61)
      if (quote(`a${String.fromCharCode(unit)}b`) !== JSON.stringify(`a${String.fromCharCode(unit)}b`))
        expect.fail(`U+${unit.toString(16)}`)
  })

  it('leaves what is no string to JSON.stringify', () => {
    for (const value of [1, true, null, ['a'], { a: 1 }]) expect(quote(value)).toBe(JSON.stringify(value))
  })
})
