import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { v8Flags } from './v8-flags.ts'

test('V8 is told of flags that it has', () => {
  expect(['12.4.254', '13.5.1', '14.8.3', '15.0.1', 'unknown'].flatMap(v8Flags)).toEqual([])
  for (const version of ['13.6.233.17-node.37', '14.7.2']) expect(v8Flags(version), version).toHaveLength(1)
})

test('the V8 that runs knows its flags', async () => {
  const set = `for (const flag of ${JSON.stringify(v8Flags(process.versions.v8))}) v8.setFlagsFromString(flag)`
  const { stderr } = await promisify(execFile)(process.execPath, ['-e', set])
  expect(stderr).toBe('')
})
