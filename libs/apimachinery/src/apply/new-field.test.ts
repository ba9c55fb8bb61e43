import { describe, expect, it } from 'vitest'
import { type FieldNode, type FieldSet, showSet } from './field-set.ts'
import { addField } from './field-set-of.ts'
import { fieldsV1Contents } from './fields-v1.ts'
import { addNewField } from './new-field.ts'
import { fieldElement } from './path-element.ts'
import type { FieldView, ListView, MapView, TypeView } from './type-view.ts'

const text: TypeView = { scalar: { kind: 'string' } }
const struct = (fields: Record<string, TypeView>, more: Partial<MapView> = {}): TypeView => {
  const views = Object.entries(fields).map(
    ([name, type]): FieldView => ({ name, element: fieldElement(name), type, optional: true, typed: value => value }),
  )
  const map = { atomic: false, fields: views, item: undefined, neverEmpty: false, ...more }
  return { map: { ...map, field: name => views.find(view => view.name === name) } }
}
const listOf = (item: TypeView, keys: readonly string[], atomic = false): { list: ListView } => ({
  list: { atomic, keys, item },
})

const state = struct({ reason: text, at: text })
const container = struct({ name: text, image: text, state, labels: struct({}, { item: text }) })
const containers = listOf(container, ['name'])
const named = (name: string, more: object = {}) => ({ name, image: 'i', ...more })

const plain = (nodes: FieldSet): unknown[] =>
  nodes.map(({ element, member, children }) => [element.text, element.rank, member, plain(children)])

describe('a field that was not there', () => {
  it.each<[string, TypeView, unknown]>([
    ['a text', text, 'a'],
    ['a struct', state, { at: 'x' }],
    ['a struct without members', state, {}],
    ['a struct with a map inside', container, named('a', { labels: { b: '1', a: '2' } })],
    ['an atomic struct', struct({ a: text }, { atomic: true }), { a: 'b' }],
    ['a map', struct({}, { item: text }), { b: '1', a: '2' }],
    ['a null', containers, null],
    ['no items', containers, []],
    ['items out of their order', containers, [named('b', { state: { reason: 'r' } }), named('a')]],
    ['items with nothing beside their key', containers, [{ name: 'a' }, { name: 'b' }]],
    ['an item that stands twice', containers, [named('a'), named('b'), named('a', { state: {} })]],
    ['many items', containers, Array.from({ length: 40 }, (_, i) => named(`n${i}`))],
    ['a set', listOf(text, []), ['b', 'a']],
    ['a set with an item that stands twice', listOf(text, []), ['b', 'a', 'b']],
    ['an atomic list', listOf(text, [], true), ['b', 'a']],
  ])('is owned as it is otherwise, seen for the first time and again: %s', (_, type, value) => {
    const expected: FieldNode[] = []
    addField(expected, fieldElement('f'), type, value, 'typed', 'all', true)
    for (let round = 0; round < 2; round++) {
      const nodes: FieldNode[] = []
      addNewField(nodes, fieldElement('f'), type, value)
      expect(showSet(nodes)).toBe(showSet(expected))
      expect(plain(nodes)).toEqual(plain(expected))
      expect(fieldsV1Contents(nodes)).toBe(fieldsV1Contents(expected))
    }
  })

  it('keeps apart what is below it in another way', () => {
    const [a, b]: [FieldNode[], FieldNode[]] = [[], []]
    addNewField(a, fieldElement('f'), state, { at: 'x' })
    addNewField(b, fieldElement('f'), state, { reason: 'x' })
    expect([fieldsV1Contents(a), fieldsV1Contents(b)]).toEqual([
      '"f:f":{".":{},"f:at":{}}',
      '"f:f":{".":{},"f:reason":{}}',
    ])
  })
})
