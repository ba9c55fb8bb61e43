import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { keyValueStoreModelSuite } from '../conformance/model/index.ts'
import { openEmbeddedStore } from './index.ts'
import type { Writer } from './writing/committer.ts'

const directory = mkdtemp(join(tmpdir(), 'kubets-model-'))
afterAll(async () => rm(await directory, { recursive: true, force: true }))

// what is compared does not depend on the disk, and it takes the most time
const opening =
  (writer: Writer, name: string = writer) =>
  async () =>
    openEmbeddedStore({ directory: join(await directory, name), durability: 'none', writer })

keyValueStoreModelSuite('the embedded store', {
  open: opening('loop'),
  runs: 3_000,
  length: 30,
  reopen: true,
})

keyValueStoreModelSuite('the embedded store, written by a thread,', {
  open: opening('thread'),
  runs: 1_000,
  length: 30,
})

keyValueStoreModelSuite('the embedded store, written by a thread behind a journal,', {
  open: opening('journal'),
  runs: 1_000,
  length: 30,
})

// each opening starts a thread
keyValueStoreModelSuite('the embedded store, written by a thread behind a journal and opened again,', {
  open: opening('journal', 'reopened'),
  runs: 50,
  length: 30,
  reopen: true,
})
