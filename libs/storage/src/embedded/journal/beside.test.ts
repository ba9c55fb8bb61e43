import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openEmbeddedContents } from '../contents.ts'

test('who waits for a process to bring in its journal does it, when that process is killed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-beside-'))
  const program = join(import.meta.dirname, '../testdata/holds-lmdb-back.ts')
  const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  try {
    const [revision] = await once(child.stdout, 'data')
    let opened = false
    const opening = openEmbeddedContents({ directory }).finally(() => {
      opened = true
    })
    opening.catch(() => undefined)
    await delay(300)
    expect(opened).toBe(false)
    child.kill('SIGKILL')
    await exited
    await using contents = await opening
    expect(contents.revision).toBe(Number(revision))
  } finally {
    child.kill('SIGKILL')
    await exited
    await rm(directory, { recursive: true, force: true })
  }
})
