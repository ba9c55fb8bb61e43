import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  difference,
  emptySet,
  type FieldSet,
  hasPath,
  intersection,
  leaf,
  onlyFields,
  pathsOf,
  recursiveDifference,
  setOfFields,
  setOfPath,
  showSet,
  union,
} from './field-set.ts'
import { decodeFieldsV1, encodeFieldsV1, FieldsV1 } from './fields-v1.ts'
import {
  compareElements,
  fieldElement,
  indexElement,
  keyElement,
  type PathElement,
  parsePathElement,
  type ScalarValue,
  showPath,
  valueElement,
} from './path-element.ts'

const scalars: fc.Arbitrary<ScalarValue> = fc.oneof(
  fc.constantFrom('a', 'b', '<&>', 'ü', 'tab\t', '\b\f', '\\b', ''),
  fc.integer({ min: -2, max: 2 }),
  fc.boolean(),
)
const elements: fc.Arbitrary<PathElement> = fc.oneof(
  fc.constantFrom('a', 'b', '', '10', '__proto__', '\ue000', '😀').map(fieldElement),
  fc
    .dictionary(fc.constantFrom('name', 'port', 'k"'), scalars, { minKeys: 1 })
    .map(keys => keyElement(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1)))),
  scalars.map(valueElement),
  fc.nat(3).map(indexElement),
)
const sets: fc.Arbitrary<FieldSet> = fc
  .array(fc.array(elements, { minLength: 1, maxLength: 3 }), { maxLength: 8 })
  .map(paths => paths.map(setOfPath).reduce(union, emptySet))

const paths = (set: FieldSet) => new Set(pathsOf(set).map(showPath))

describe('sets of fields', () => {
  it('are what sets are', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const [inA, inB] = [paths(a), paths(b)]
        expect(paths(union(a, b))).toEqual(new Set([...inA, ...inB]))
        expect(paths(intersection(a, b))).toEqual(new Set([...inA].filter(path => inB.has(path))))
        expect(paths(difference(a, b))).toEqual(new Set([...inA].filter(path => !inB.has(path))))
        for (const path of pathsOf(a)) expect(hasPath(a, path)).toBe(true)
      }),
    )
  })

  it('come back from their wire form', () => {
    fc.assert(
      fc.property(sets, set => {
        const { value } = encodeFieldsV1(set)
        const plain = JSON.parse(JSON.stringify(value))
        expect(JSON.stringify(plain)).toBe(value.text)
        expect(showSet(decodeFieldsV1(plain).set)).toBe(showSet(set))
        // whatever order the members came in
        const turned = Object.fromEntries(Object.entries(plain).reverse())
        expect(encodeFieldsV1(decodeFieldsV1(turned).set).value.text).toBe(value.text)
      }),
    )
  })

  it.each([
    ['a field without what is below it', ['a.b.c', 'a.b'], ['a.b'], ['a.b.c']],
    ['nothing of other fields', ['a', 'b'], ['c'], ['a', 'b']],
  ])('lose %s', (_, from, what, left) => {
    expect(showSet(difference(setOfFields(from), setOfFields(what)))).toBe(showSet(setOfFields(left)))
  })

  it('lose a whole tree recursively', () => {
    const set = setOfFields(['status', 'status.phase', 'spec.nodeName', 'metadata.ownerReferences'])
    expect(showSet(recursiveDifference(set, setOfFields(['status', 'metadata.ownerReferences'])))).toBe(
      '.spec.nodeName',
    )
    expect(recursiveDifference(set, emptySet)).toBe(set)
  })

  it('are narrowed to patterns', () => {
    const container = keyElement([['name', 'a']])
    const set: FieldSet = [
      {
        element: fieldElement('spec'),
        member: false,
        children: [
          {
            element: fieldElement('containers'),
            member: false,
            children: [
              {
                element: container,
                member: false,
                children: [leaf(fieldElement('image')), leaf(fieldElement('resources'))],
              },
            ],
          },
          leaf(fieldElement('nodeName')),
        ],
      },
    ]
    expect(showSet(onlyFields(set, ['spec.containers.*.resources']))).toBe('.spec.containers[name="a"].resources')
  })
})

describe('the wire form', () => {
  it.each<[string, PathElement, string]>([
    ['a field', fieldElement('a"b'), '{"f:a\\"b":{}}'],
    [
      'a key',
      keyElement([
        ['containerPort', 80],
        ['protocol', 'TCP'],
      ]),
      '{"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{}}',
    ],
    ['a key with what Go escapes', keyElement([['name', 'a<b']]), '{"k:{\\"name\\":\\"a\\\\u003cb\\"}":{}}'],
    ['a value', valueElement('x'), '{"v:\\"x\\"":{}}'],
    ['an index', indexElement(3), '{"i:3":{}}'],
  ])('of %s', (_, element, text) => {
    expect(encodeFieldsV1([leaf(element)]).value.text).toBe(text)
    expect(decodeFieldsV1(JSON.parse(text)).set[0]?.element).toMatchObject({ rank: element.rank, text: element.text })
  })

  it('has fields, keys, values and indexes in this order, names by their bytes', () => {
    const all = [
      indexElement(1),
      valueElement(true),
      valueElement('a'),
      valueElement(2),
      keyElement([['b', 1]]),
      keyElement([
        ['a', 'x'],
        ['b', 'y'],
      ]),
      keyElement([['a', 'x']]),
      fieldElement('😀'),
      fieldElement('\ue000'),
      fieldElement('B'),
      fieldElement('a'),
    ]
    expect([...all].sort(compareElements).map(({ text }) => text)).toEqual([
      'f:B',
      'f:a',
      'f:\ue000',
      'f:😀',
      'k:{"a":"x"}',
      'k:{"a":"x","b":"y"}',
      'k:{"b":1}',
      'v:2',
      'v:"a"',
      'v:true',
      'i:1',
    ])
  })

  it('drops kinds of elements that are not known, and refuses what is none', () => {
    expect(parsePathElement('x:later')).toBeUndefined()
    for (const bad of ['f', 'fa', 'i:x', 'k:[1]', 'k:{', 'v:']) expect(() => parsePathElement(bad), bad).toThrow()
  })

  it('is a plain object for whoever writes it as JSON', () => {
    expect(JSON.stringify({ fieldsV1: new FieldsV1('{"f:a":{}}') })).toBe('{"fieldsV1":{"f:a":{}}}')
  })
})
