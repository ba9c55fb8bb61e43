import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countMembers, decodeJson, decodeTogether, encodeJson, visitMembers } from './decode-json.ts'
import { parseExactly } from './parse-exactly.ts'

const decode = (text: string) => decodeJson(Buffer.from(text))
const again = (text: string) => {
  const paths: string[] = []
  visitMembers(Buffer.from(text), (path, isAgain) => isAgain && paths.push(path))
  return paths
}

describe('the codec', () => {
  it('keeps int64 exact', () => {
    const { value } = decode('{"a":9223372036854775807,"b":-9223372036854775808,"c":1234567890123456}')
    expect(value).toEqual({ a: 9223372036854775807n, b: -9223372036854775808n, c: 1234567890123456 })
    expect(encodeJson(value)).toBe('{"a":9223372036854775807,"b":-9223372036854775808,"c":1234567890123456}')
  })

  it('takes __proto__ for a key', () => {
    for (const text of ['{"__proto__":{"a":1}}', '{"__proto__":{"a":12345678901234567}}']) {
      const value = decode(text).value as Record<string, unknown>
      expect(Object.keys(value)).toEqual(['__proto__'])
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    }
  })

  it('counts members, so that duplicates show', () => {
    const text = '{"a":1,"b":{"c":1,"c":2},"d":[{"e":"x:y\\"{"}]}'
    const { value, members } = decode(text)
    expect([members, countMembers(value)]).toEqual([6, 5])
    expect(again(text)).toEqual(['b.c'])
  })

  it('puts objects that stand twice together, as Go decodes into what is there', () => {
    const text = '{"a":{"b":1,"c":{"d":1}},"a":{"c":{"e":2},"f":[1]},"g":1,"g":2}'
    expect(decodeTogether(Buffer.from(text))).toEqual({ a: { b: 1, c: { d: 1, e: 2 }, f: [1] }, g: 2 })
    expect(decodeTogether(Buffer.from('{"a":{"b":1},"a":3}'))).toEqual({ a: 3 })
  })

  it('names duplicates inside lists', () => {
    expect(again('{"spec":{"l":[{"a":1},{"a":1,"a":2}]}}')).toEqual(['spec.l[1].a'])
  })

  it('refuses what is nested too deeply', () => {
    expect(() => decode('['.repeat(5000) + ']'.repeat(5000))).toThrow('exceeded max depth')
  })

  it.each([
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a"', 'unexpected end of JSON input'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['nul!', "invalid character '!' in literal null (expecting 'l')"],
    ['"\\q"', "invalid character 'q' in string escape code"],
    ['"\\u12x4"', "invalid character 'x' in \\u hexadecimal character escape"],
    ['\u0000', "invalid character '\\x00' looking for beginning of value"],
    ['\u0007', "invalid character '\\a' looking for beginning of value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ["'", String.raw`invalid character '\'' looking for beginning of value`],
  ])('refuses %j in Go’s words', (text, message) => {
    expect(() => decode(text)).toThrow(message)
  })

  it('reads what JSON.parse reads, both ways', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const text = JSON.stringify(value)
        const expected = JSON.parse(text)
        expect(parseExactly(text).value).toEqual(expected)
        expect(decode(text).value).toEqual(expected)
        expect(decode(text).members).toBe(countMembers(expected))
      }),
    )
  })
})

it('whole numbers of more than 400 digits are infinite, as those with a large exponent', () => {
  expect(decode(`[${'9'.repeat(400)}]`).value).toEqual([BigInt('9'.repeat(400))])
  expect(decode(`[${'9'.repeat(401)},-${'9'.repeat(3_000_000)}]`).value).toEqual([Infinity, -Infinity])
})
