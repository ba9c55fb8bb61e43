import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { keyValueStoreModelSuite } from '../conformance/model/index.ts'
import { openEmbeddedStore } from './index.ts'

const directory = mkdtemp(join(tmpdir(), 'kubets-model-'))
afterAll(async () => rm(await directory, { recursive: true, force: true }))

keyValueStoreModelSuite('the embedded store', {
  // what is compared does not depend on the disk, and it takes the most time
  open: async () => openEmbeddedStore({ directory: await directory, durability: 'none' }),
  runs: 3_000,
  length: 30,
  reopen: true,
})
