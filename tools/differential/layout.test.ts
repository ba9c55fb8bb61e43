import { describe, expect, it } from 'vitest'
import { layoutOf } from './layout.ts'

describe('how a JSON text is printed', () => {
  const value = { a: [], b: {}, c: [1, [{}], { d: 'x": [{', e: null }], f: -1.5e-7 }

  it('is told', () => {
    expect(layoutOf(JSON.stringify(value))).toBe('one line')
    expect(layoutOf(`${JSON.stringify(value)}\n`)).toBe("one line, and a line's end")
    expect(layoutOf(JSON.stringify(value, null, 2))).toBe('indented')
    expect(layoutOf(`${JSON.stringify(value, null, 2)}\n`)).toBe("indented, and a line's end")
  })

  it('is told apart from other ways to indent', () => {
    expect(layoutOf(JSON.stringify(value, null, 4))).toBe('otherwise')
    expect(layoutOf(JSON.stringify(value, null, 2).replace('[]', '[\n  ]'))).toBe('otherwise')
    expect(layoutOf('{"a": 1}')).toBe('otherwise')
  })

  it('is nothing that other texts have', () => {
    expect(layoutOf('ok')).toBeUndefined()
    expect(layoutOf('')).toBeUndefined()
    expect(layoutOf('"text"')).toBeUndefined()
  })
})
