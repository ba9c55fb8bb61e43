import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const main = join(import.meta.dirname, 'main.ts')
const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 20_000 })
  return { status, stdout, stderr }
}
const folder = mkdtempSync(join(tmpdir(), 'kubets-scheduler-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const file = (text: string) => {
  const path = join(folder, `config-${files++}`)
  writeFileSync(path, text)
  return path
}
const header = 'kind: KubeSchedulerConfiguration\napiVersion: kubescheduler.config.k8s.io/v1\n'

test('--help lists the flags with their defaults', () => {
  const { status, stdout } = run('--help')
  expect(status).toBe(0)
  expect(stdout).toContain('--leader-elect-resource-name')
})

test.each([
  ['an unknown flag', ['--leader-elec'], 'unknown flag: --leader-elec (did you mean --leader-elect?)'],
  ['no kubeconfig', [], '--kubeconfig is needed'],
  ['a config file that is not there', ['--config', '/nowhere/config'], '--config: ENOENT'],
  ['a field that does not exist', ['--config', file(`${header}profile: []`)], 'unknown field "profile"'],
  ['another kind', ['--config', file('kind: Pod\napiVersion: v1')], 'no kind "Pod" is registered'],
])('%s ends with code 2 and one message', (_, args, message) => {
  const { status, stderr } = run(...args)
  expect(stderr).toContain(message)
  expect(stderr.trim().split('\n').length).toBe(2)
  expect(status).toBe(2)
})

test('a kubeconfig that is not there ends with code 1 and says which', () => {
  const { status, stderr } = run('--kubeconfig', '/nowhere/kubeconfig')
  expect(status).toBe(1)
  expect(stderr).toContain('/nowhere/kubeconfig: ENOENT')
})
