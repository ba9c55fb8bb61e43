import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { validateValue } from './validate-value.ts'

type Recorded = readonly [format: string, text: string, valid: boolean]
const recorded = JSON.parse(readFileSync(new URL('testdata/formats.json', import.meta.url), 'utf8')) as Recorded[]

// what kube-apiserver v1.36 said to it as the default of a field
it.each(recorded)('a string of format %s: %s', (format, text, valid) => {
  expect(validateValue({ type: 'string', format }, text, 'x').length === 0).toBe(valid)
})
