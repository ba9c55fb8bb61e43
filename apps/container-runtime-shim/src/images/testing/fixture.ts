import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openImageStore, type WritableImageStore } from '../store.ts'

export interface StoreFixture extends AsyncDisposable {
  folder: string
  store: WritableImageStore
}

/** A store in a temporary folder. */
export async function openFixture(): Promise<StoreFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-images-'))
  const store = await openImageStore({ root: join(folder, 'store') })
  return {
    folder,
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
