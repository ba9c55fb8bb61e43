import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore } from '@kubets/storage'
import { namespace } from '../api/pods.ts'
import { podName } from './pods.ts'

export interface SeededStore extends AsyncDisposable {
  readonly directory: string
  /** Of all pods. */
  readonly bytes: number
}

/** Writes at once, in transactions of a hundred. */
const writers = 16
const together = 100

/** An embedded store that holds so many pods, as an api-server would have left it. */
export async function seededStore(count: number, stored: (i: number) => Buffer): Promise<SeededStore> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-bench-storage-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const store = await openEmbeddedStore({ directory })
  let bytes = 0
  let next = 0
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (next < count) {
        const writes: { key: string; value: Buffer }[] = []
        for (; next < count && writes.length < together; next++) {
          const value = stored(next)
          bytes += value.length
          writes.push({ key: `/registry/pods/${namespace}/${podName(next)}`, value })
        }
        await store.createAll(writes)
      }
    }),
  )
  await store.close()
  const stack = undo.move()
  return { directory, bytes, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
