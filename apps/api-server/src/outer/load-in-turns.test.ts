import { createRequire } from 'node:module'
import { sep } from 'node:path'
import { expect, test } from 'vitest'
import { loadSteps } from './load-in-turns.ts'

const require = createRequire(import.meta.url)
const loaded = () => new Set(Object.keys(require.cache))

test('a package is loaded in steps, and no step loads more than one of those that it needs', async () => {
  const before = loaded()
  let known = before
  let steps = 0
  for (const _ of loadSteps('express')) {
    steps++
    const now = loaded()
    const packages = new Set([...now].filter(file => !known.has(file)).map(file => packageOf(file)))
    expect(packages.size, [...packages].join(' ')).toBeLessThanOrEqual(mostAtOnce)
    known = now
  }
  expect(steps).toBeGreaterThan(50)
  expect([...known].filter(file => !before.has(file)).length).toBeGreaterThan(100)
  // nothing is left for the import itself
  const all = loaded()
  await import('express')
  expect(loaded()).toEqual(all)
})

/** `dunder-proto` and its like have no file under their own name, and come with who uses them. */
const mostAtOnce = 4

const packageOf = (file: string) => file.slice(0, file.lastIndexOf(`${sep}node_modules${sep}`)) + sep + nameOf(file)
const nameOf = (file: string) => file.split(`${sep}node_modules${sep}`).at(-1)?.split(sep)[0]
