import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { indented } from './indented.ts'
import { JsonIndenter } from './json-indenter.ts'

/** What is made of a text that comes in pieces, with so much room at a time. */
function laidOut(text: string, piece = Number.POSITIVE_INFINITY, room = 1_024): string {
  const source = Buffer.from(text)
  const indenter = new JsonIndenter(Buffer.alloc(room))
  const parts: Buffer[] = []
  for (let from = 0; from < source.length; from += piece) {
    const to = Math.min(from + piece, source.length)
    for (let at = from; at < to; ) {
      at = indenter.read(source, at, to)
      parts.push(Buffer.from(indenter.out.subarray(0, indenter.used)))
      indenter.used = 0
    }
  }
  return Buffer.concat(parts).toString()
}

/** As Go's encoder writes texts. */
const escaped = (text: string) =>
  text.replace(/[<>&\u2028\u2029]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)

describe('JSON laid out for people', () => {
  // recorded from kube-apiserver v1.36.1: an object of a custom resource
  it("is what upstream's is", () => {
    const spec = '{"big":9007199254740993,"e":{},"f":1.5,"l":[],"ll":[[],[{}],[1,[2]]],"n":null,"s":"<&>"}'
    expect(laidOut(`${spec}\n`)).toBe(`{
  "big": 9007199254740993,
  "e": {},
  "f": 1.5,
  "l": [],
  "ll": [
    [],
    [
      {}
    ],
    [
      1,
      [
        2
      ]
    ]
  ],
  "n": null,
  "s": "\\u003c\\u0026\\u003e"
}`)
  })

  it('has texts as they were, but for what a browser could take for HTML or a line', () => {
    const text = (value: string) => laidOut(JSON.stringify([value]), 1).slice(4, -2)
    for (const value of [
      '{}[],: \\" \\\\',
      '\u0001\t\n',
      'é漢😀',
      '\u2027\u202a“”',
      '\u3028',
      'a\u2028b\u2029',
      '\\u2028',
    ])
      expect(text(value)).toBe(escaped(JSON.stringify(value)))
  })

  it('leaves out spaces that stood between', () => {
    expect(laidOut(' { "a" :\t[ ] , "b" : [ 1 , { } ] }\r\n')).toBe('{\n  "a": [],\n  "b": [\n    1,\n    {}\n  ]\n}')
  })

  it('keeps numbers to the last digit', () => {
    expect(laidOut('[12345678901234567890,1.0,-1e+30]')).toBe('[\n  12345678901234567890,\n  1.0,\n  -1e+30\n]')
  })

  it('is the same in whichever pieces it comes, and however little room there is', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ depthSize: 'medium' }),
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 9, max: 64 }),
        (value, text, piece, room) => {
          const whole = { value: value as unknown, text, '<\u2028>': [text] }
          // lone halves of a character are not kept by UTF-8
          const json = JSON.stringify(JSON.parse(Buffer.from(JSON.stringify(whole)).toString()))
          expect(laidOut(json, piece, room)).toBe(escaped(JSON.stringify(JSON.parse(json), null, 2)))
        },
      ),
    )
  })

  it('is made in one piece up to 64 KB', () => {
    const list = (count: number) => JSON.stringify(Array.from({ length: count }, () => 0))
    expect(indented(Buffer.from(list(10_000)))?.toString()).toBe(laidOut(list(10_000)))
    expect(indented(Buffer.from(list(20_000)))).toBeUndefined()
    expect(indented(Buffer.from(JSON.stringify('x'.repeat(70_000))))).toBeUndefined()
    // little that becomes much
    expect(indented(Buffer.from('['.repeat(500) + ']'.repeat(500)))).toBeUndefined()
  })
})
