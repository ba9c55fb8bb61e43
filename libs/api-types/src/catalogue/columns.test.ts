import { expect, it } from 'vitest'
import { builtinCatalogue } from './builtin.ts'

const columns = builtinCatalogue.entries.flatMap(({ group, version, kind, columns }) =>
  columns.map(({ name, description }) => [`${group}/${version} ${kind} ${name}`, description] as const),
)

it('every printer column is described by a sentence', () => {
  const isSentence = (text: string) => /^[A-Z`].*\.$/.test(text) && text.split(' ').length > 2
  expect(columns.length).toBeGreaterThan(400)
  expect(columns.filter(([, description]) => !isSentence(description))).toEqual([])
})
