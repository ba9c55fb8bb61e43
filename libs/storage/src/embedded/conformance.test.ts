import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { keyValueStoreSuite } from '../conformance/index.ts'
import { openEmbeddedStore } from './index.ts'

const directories: string[] = []
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true })
})

for (const writer of ['loop', 'thread'] as const)
  keyValueStoreSuite(`the embedded store, written by ${writer === 'loop' ? 'the loop' : 'a thread'}`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kubets-store-'))
    directories.push(directory)
    return openEmbeddedStore({ directory, writer })
  })
