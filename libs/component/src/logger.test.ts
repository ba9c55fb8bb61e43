import { spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('a process goes on when its log is on a full disk', () => {
  const program = `
    import { createLogger } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
    const logger = createLogger({ component: 'x' })
    for (let i = 0; i < 20_000; i++) logger.info({ i }, 'A line that finds no room on the disk, over and over')
    process.stdout.write('done')`
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', openSync('/dev/full', 'w')],
    encoding: 'utf8',
  })
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'done' })
})
