import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Pod } from '../../../../wire.ts'
import { pod as entry } from './index.ts'

interface Printed extends Pick<Pod, 'spec' | 'status'> {
  readonly deleted?: boolean
  readonly cells: readonly unknown[]
  readonly conditions: readonly unknown[]
}

/** Rows as kube-apiserver 1.36.1 prints them; made on 2026-11-25 at 19:00, looked at at 19:55. */
const printed = readFileSync(new URL('testdata/printed-pods.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Printed)
const now = Date.parse('2026-11-25T19:55:00Z')

it.each(printed.map((one): [string, Printed] => [String(one.cells[1]), one]))('a pod is shown as %s', (_, one) => {
  const { deleted, cells, conditions, ...rest } = one
  const metadata = {
    name: 'p',
    creationTimestamp: '2026-11-25T19:00:00Z',
    ...(deleted ? { deletionTimestamp: '2026-11-25T19:54:00Z' } : {}),
  }
  const pod: Pod = { metadata, ...rest }
  expect(entry.cells(pod, now)).toEqual(['p', ...cells])
  expect(entry.rowConditions?.(pod)).toEqual(conditions)
})
