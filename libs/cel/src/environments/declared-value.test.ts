import { expect, it } from 'vitest'
import {
  baseEnvironment,
  CompileError,
  compileExpression,
  type DeclaredType,
  declared,
  declaredList,
  declaredMap,
  declaredStruct,
  declaredValue,
  Failure,
  providerOf,
  timestampType,
  type Value,
} from '../index.ts'

const spec = declaredStruct('spec', {
  replicas: declared.int,
  ratio: declared.double,
  names: declaredList(declared.string),
  labels: declaredMap(declared.string, declared.string),
  since: { ...declared.timestamp, type: timestampType },
  a__dash__b: declared.string,
  __namespace__: declared.string,
})
const root: DeclaredType = declaredStruct('root', { spec })
const environment = baseEnvironment.extend({
  variables: { self: root.type, oldSelf: root.type },
  provider: providerOf(root),
})
const json = {
  spec: {
    replicas: 3,
    ratio: 2,
    names: ['a', 'b'],
    labels: { x: 'y' },
    since: '2024-01-01',
    'a-b': 'c',
    namespace: 'n',
  },
}

it.each([
  ['self.spec.replicas == 3 && self.spec.replicas / 2 == 1', true],
  ['self.spec.ratio / 4.0 == 0.5', true],
  ["self.spec.names.all(n, n in ['a', 'b']) && self.spec.labels.x == 'y'", true],
  ["self.spec.since < timestamp('2024-01-01T00:00:01Z')", true],
  ["self.spec.a__dash__b == 'c' && self.spec.__namespace__ == 'n' && self.spec.namespace == 'n'", true],
  ['has(self.spec.replicas) && !has(oldSelf.spec.replicas)', true],
  ['self == self && self != oldSelf', true],
  ['oldSelf.spec.replicas == 1', 'no such key: replicas'],
])('%s', (text, expected) => {
  const program = compileExpression(environment, text)
  if (program instanceof CompileError) throw program
  const values = new Map([
    ['self', declaredValue(json, root)],
    ['oldSelf', declaredValue({ spec: {} }, root)],
  ])
  const { result } = program.evaluate(name => values.get(name) as Value)
  expect(result instanceof Failure ? result.message : result).toBe(expected)
})
