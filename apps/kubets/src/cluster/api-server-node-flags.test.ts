import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { apiServerNodeFlags } from './api-server-node-flags.ts'

it('the Node that runs us takes the flags of the api-server', () => {
  const taken = execFileSync(
    process.execPath,
    [...apiServerNodeFlags, '--print', 'JSON.stringify(require("node:process").execArgv)'],
    { encoding: 'utf8' },
  )
  expect(JSON.parse(taken)).toEqual(expect.arrayContaining([...apiServerNodeFlags]))
})
