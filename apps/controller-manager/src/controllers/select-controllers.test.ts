import { expect, test } from 'vitest'
import type { ControllerDescriptor } from './controller.ts'
import { selectControllers } from './select-controllers.ts'

const entry = (name: string): ControllerDescriptor => ({
  name: `${name}-controller`,
  alias: name,
  account: name,
  needs: [],
  start() {},
})
const table = ['a', 'b', 'c'].map(entry)
test('* leaves out what is off by default, unless it is named', () => {
  const optional = [...table, { ...entry('d'), offByDefault: true as const }]
  const chosen = (...wanted: string[]) => selectControllers(wanted, optional).map(({ alias }) => alias)
  expect(chosen('*')).toEqual(['a', 'b', 'c'])
  expect(chosen('*', 'd')).toEqual(['a', 'b', 'c', 'd'])
  expect(chosen('d')).toEqual(['d'])
})

const names = (...wanted: string[]) => selectControllers(wanted, table).map(({ alias }) => alias)

test.each([
  [['*'], ['a', 'b', 'c']],
  [
    ['*', '-b-controller'],
    ['a', 'c'],
  ],
  [
    ['*', '-b'],
    ['a', 'c'],
  ],
  [
    ['c', 'a-controller'],
    ['a', 'c'],
  ],
  [['-a'], []],
])('%j chooses %j', (wanted, expected) => {
  expect(names(...wanted)).toEqual(expected)
})

test('a name that nobody knows is refused', () => {
  expect(() => names('*', '-d')).toThrow('"d" is not in the list of known controllers')
})
