import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const main = join(import.meta.dirname, 'main.ts')
const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 20_000 })
  return { status, stdout, stderr }
}

test('--help lists the flags and all controllers', () => {
  const { status, stdout } = run('--help')
  expect(status).toBe(0)
  expect(stdout).toContain('--concurrent-deployment-syncs')
  expect(stdout).toContain('garbage-collector-controller')
})

test.each([
  ['no kubeconfig', [], '--kubeconfig is needed'],
  [
    'a controller that does not exist',
    ['--controllers=*,-gardener'],
    '"gardener" is not in the list of known controllers',
  ],
  ['an unknown flag', ['--leader-elec'], 'unknown flag: --leader-elec (did you mean --leader-elect?)'],
])('%s ends with code 2 and one message', (_, args, message) => {
  const { status, stderr } = run(...args)
  expect(stderr).toContain(message)
  expect(stderr.trim().split('\n').length).toBe(2)
  expect(status).toBe(2)
})
