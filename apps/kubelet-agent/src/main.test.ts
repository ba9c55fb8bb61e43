import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubelet-main-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const main = join(import.meta.dirname, 'main.ts')

/** Runs the program until it ends by itself. */
function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
    child.once('error', reject)
    child.once('close', code => resolve({ code, output }))
  })
}

test('without a kubeconfig it says what is missing', async () => {
  const { code, output } = await run('--hostname-override=n')
  expect(code).toBe(2)
  expect(output).toContain('--kubeconfig is needed')
})

test('an unknown flag is a usage error', async () => {
  const { code, output } = await run('--max-pod=3')
  expect(code).toBe(2)
  expect(output).toContain('unknown flag: --max-pod (did you mean --max-pods?)')
})

test('a broken configuration file is named', async () => {
  const file = join(dir, 'kubelet.yaml')
  await writeFile(file, 'kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nmaxPods: many\n')
  const { code, output } = await run('--kubeconfig=/nowhere', `--config=${file}`)
  expect(code).toBe(2)
  expect(output).toContain('kubelet.yaml: maxPods must be a whole number')
})

test("the help lists upstream's flags", async () => {
  const { code, output } = await run('--help')
  expect(code).toBe(0)
  for (const flag of ['--kubeconfig', '--container-runtime-endpoint', '--node-ip', '--register-with-taints'])
    expect(output).toContain(flag)
})
