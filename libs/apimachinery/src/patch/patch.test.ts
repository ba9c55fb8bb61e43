import { describe, expect, it } from 'vitest'
import { ApiError } from '../status/api-error.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import type { Json } from './own-property.ts'

const codeOf = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    return error instanceof ApiError ? error.code : error
  }
  return 'no error'
}

describe('a JSON patch', () => {
  it.each<[string, Json, Json, Json]>([
    ['adds a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['adds into a list', { l: [1, 3] }, [{ op: 'add', path: '/l/1', value: 2 }], { l: [1, 2, 3] }],
    ['adds at the end', { l: [1] }, [{ op: 'add', path: '/l/-', value: 2 }], { l: [1, 2] }],
    ['removes', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    ['replaces', { l: [1, 2] }, [{ op: 'replace', path: '/l/0', value: 9 }], { l: [9, 2] }],
    ['moves', { a: { b: 1 } }, [{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, c: 1 }],
    ['copies', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    ['tests', { a: { x: 1, y: 2 } }, [{ op: 'test', path: '/a', value: { y: 2, x: 1 } }], { a: { x: 1, y: 2 } }],
    ['unescapes', { 'a/b': { '~': 1 } }, [{ op: 'replace', path: '/a~1b/~0', value: 2 }], { 'a/b': { '~': 2 } }],
    [
      'takes every key for a key',
      { labels: {} },
      [
        { op: 'add', path: '/labels/constructor', value: 'a' },
        { op: 'replace', path: '/labels/constructor', value: 'b' },
      ],
      { labels: { constructor: 'b' } },
    ],
  ])('%s', (_what, target, patch, expected) => {
    const before = JSON.stringify(target)
    expect(applyJsonPatch(target, patch)).toEqual(expected)
    expect(JSON.stringify(target)).toBe(before)
  })

  it('writes __proto__ as a member', () => {
    const result = applyJsonPatch({ a: {} }, [{ op: 'add', path: '/a/__proto__', value: 'x' }])
    expect(JSON.stringify(result)).toBe('{"a":{"__proto__":"x"}}')
  })

  it.each([
    ['a missing parent', [{ op: 'add', path: '/x/y', value: 1 }]],
    ['a missing member', [{ op: 'remove', path: '/x' }]],
    ['an inherited member', [{ op: 'test', path: '/toString', value: 1 }]],
    ['an index past the end', [{ op: 'add', path: '/l/5', value: 1 }]],
    ['an index that is none', [{ op: 'add', path: '/l/01', value: 1 }]],
    ['a failed test', [{ op: 'test', path: '/l', value: [] }]],
    ['an unknown operation', [{ op: 'grow', path: '/l' }]],
    ['a move into itself', [{ op: 'move', from: '/o', path: '/o/p' }]],
  ])('does not fit with %s: 422', (_what, patch) => {
    expect(codeOf(() => applyJsonPatch({ l: [1], o: {} }, patch))).toBe(422)
  })

  it('has at most 10,000 operations', () => {
    expect(codeOf(() => applyJsonPatch({}, Array(10_001).fill({ op: 'test', path: '', value: {} })))).toBe(413)
    expect(codeOf(() => applyJsonPatch({}, {}))).toBe(400)
  })

  it('copies no more than 3 MiB in all', () => {
    const copies = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ op: 'copy', from: '/a', path: `/${i}` }))
    const target = { a: { b: 'x'.repeat(1024 * 1024 - 100) } }
    expect(Object.keys(applyJsonPatch(target, copies(3)) as object)).toHaveLength(4)
    expect(codeOf(() => applyJsonPatch(target, copies(4)))).toBe(422)
    // each step doubles what is there: nobody has the memory for forty
    const doubling = Array.from({ length: 40 }, (_, i) => [
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'copy', from: '/b', path: `/a/${i}` },
    ]).flat()
    expect(codeOf(() => applyJsonPatch({ a: {} }, doubling))).toBe(422)
  })
})

describe('a merge patch', () => {
  it.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [['a'], { a: 'b' }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j by %j is %j', (target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected)
  })
})
