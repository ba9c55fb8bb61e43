import fc from 'fast-check'
import { test } from 'vitest'
import type { KeyValueStore, Revision } from '../../key-value-store.ts'
import { Player } from './player.ts'
import { histories } from './steps.ts'

export interface ModelSuiteOptions {
  /** Opens the store that all histories share, one after another, each below a prefix of its own. */
  open(): Promise<KeyValueStore>
  /** Histories to generate; `KUBETS_MODEL_RUNS` multiplies it. */
  runs: number
  /** Most steps of one. */
  length: number
  /** Whether a history may close the store and open it again with its leases. */
  reopen?: boolean
}

/**
 * Generated histories of creations, updates, deletions, transactions, leases, reads now and in the past, compactions and
 * watches, one by one and several at once: whatever is done, the store answers as a list of changes does.
 */
export function keyValueStoreModelSuite(name: string, options: ModelSuiteOptions): void {
  const { runs, length, reopen = false } = options
  test(`${name} answers ${runs} generated histories as the model does`, async () => {
    let store = await options.open()
    let count = 0
    let compacted: Revision = 0
    const reopened = async () => {
      await store.close()
      store = await options.open()
      return store
    }
    try {
      await fc.assert(
        fc.asyncProperty(histories(length, { reopen }), async steps => {
          const player = await Player.begin(store, `/test/${count++}/`, compacted)
          try {
            for (const step of steps) await player.play(step, reopened)
            await player.end()
          } finally {
            compacted = player.compacted
          }
        }),
        { numRuns: runs * Number(process.env.KUBETS_MODEL_RUNS ?? 1) },
      )
    } finally {
      await store.close()
    }
  }, 600_000)
}
