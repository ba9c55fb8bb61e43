import { expect, test } from 'vitest'
import { expand } from './expand.ts'

const values: Record<string, string> = { VAR: 'value', EMPTY: '', A: '$(VAR)' }

test.each([
  ['$(VAR)', 'value'],
  ['x-$(VAR)-$(VAR)', 'x-value-value'],
  ['$$(VAR)', '$(VAR)'],
  ['$$$(VAR)', '$value'],
  ['$$$$(VAR)', '$$(VAR)'],
  ['$(MISSING)', '$(MISSING)'],
  ['$(EMPTY)', ''],
  ['$VAR $ ( $)', '$VAR $ ( $)'],
  ['$(VAR', '$(VAR'],
  ['$(A)', '$(VAR)'],
  ['cost: 5$', 'cost: 5$'],
])('%s becomes %s', (text, expected) => {
  expect(expand(text, name => values[name])).toBe(expected)
})
