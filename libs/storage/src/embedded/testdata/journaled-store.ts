import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, vi } from 'vitest'
import type { KeyValueStore } from '../../key-value-store.ts'
import { openEmbeddedStore } from '../index.ts'
import { journalFile } from '../journal/journal-file.ts'
import { WritingThread } from '../writing/writing-thread.ts'

/** A store behind a journal for each test of a suite. */
export interface JournaledStore {
  folder: string
  directory: string
  store: KeyValueStore
  /** How often LMDB was asked to commit while it is held back. */
  asked: number
  holdLmdb(): void
  /** Lets LMDB have what it was asked for. */
  release(): void
  put(key: string, text?: string, expected?: number): Promise<number>
  /** The store as a power cut, or a kill, leaves it now: a copy under this name. */
  left(name: string): string
}

export function journaledStore(): JournaledStore {
  let held: PromiseWithResolvers<void> | undefined
  const its: JournaledStore = {
    folder: '',
    directory: '',
    store: undefined as unknown as KeyValueStore,
    asked: 0,
    holdLmdb() {
      const until = Promise.withResolvers<void>()
      held = until
      its.asked = 0
      const { commit } = WritingThread.prototype
      vi.spyOn(WritingThread.prototype, 'commit').mockImplementation(async function (this: WritingThread, batch) {
        its.asked++
        await until.promise
        return commit.call(this, batch)
      })
    },
    release: () => held?.resolve(),
    put: async (key, text = key, expected = 0) =>
      (await its.store.put({ key, value: Buffer.from(text), expected })).revision,
    left(name) {
      const copy = join(its.folder, name)
      rmSync(copy, { recursive: true, force: true })
      mkdirSync(copy)
      for (const file of ['data.mdb', journalFile, 'unclean'])
        if (existsSync(join(its.directory, file))) copyFileSync(join(its.directory, file), join(copy, file))
      return copy
    },
  }
  beforeEach(async () => {
    its.folder = await mkdtemp(join(tmpdir(), 'kubets-journaled-'))
    its.directory = join(its.folder, 'store')
    its.store = await openEmbeddedStore({ directory: its.directory, writer: 'journal' })
  })
  afterEach(async () => {
    its.release()
    vi.restoreAllMocks()
    await its.store.close()
    await rm(its.folder, { recursive: true, force: true })
  })
  return its
}
