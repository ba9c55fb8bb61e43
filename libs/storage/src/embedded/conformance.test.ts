import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { keyValueStoreSuite } from '../conformance/index.ts'
import { openEmbeddedStore } from './index.ts'
import type { Writer } from './writing/committer.ts'

const directories: string[] = []
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true })
})

const writers = { loop: 'the loop', thread: 'a thread', journal: 'a thread behind a journal' } as const

for (const [writer, name] of Object.entries(writers) as [Writer, string][])
  keyValueStoreSuite(`the embedded store, written by ${name}`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kubets-store-'))
    directories.push(directory)
    return openEmbeddedStore({ directory, writer })
  })
