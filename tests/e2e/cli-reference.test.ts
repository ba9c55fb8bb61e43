import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { execute } from './cluster-harness.ts'

const root = join(import.meta.dirname, '../..')

test.each(['up', 'status', 'down', 'reset', 'kubeconfig', 'image', 'snapshot', 'store', 'pki', 'kubectl'])(
  'docs/cli.md has the help of kubets %s as it is',
  async command => {
    const { stdout } = await execute([process.execPath, join(root, 'apps/kubets/src/main.ts'), 'help', command])
    expect(stdout).toContain('Usage:')
    expect(await readFile(join(root, 'docs/cli.md'), 'utf8')).toContain(stdout.trim())
  },
)
