import { setTimeout as delay } from 'node:timers/promises'
import { notWhole, StoreLockedError, storeUnusable } from '../errors.ts'
import { hasJournal, replayClosed } from '../journal/replay.ts'
import { lockDirectory } from '../lock.ts'
import { bootOfMachine, readUnclean } from '../sealing/unclean.ts'
import { type Dropped, makeWhole } from './whole-store.ts'

/** How often a process that has the store is asked whether it is done with {@link makeWhole}, and how many ms are between. */
const attempts = 100
const between = 100

/**
 * For who reads beside the process that has the store, or without any: where nobody has it, what was not closed is made whole first, as the next start would. `locked`: the
 * caller has it.
 *
 * @throws StoreOpenError
 */
export async function makeWholeToRead(directory: string, locked: boolean): Promise<Dropped | undefined> {
  for (let attempt = 1; ; attempt++) {
    const unclean = readUnclean(directory)
    if (unclean === undefined && !hasJournal(directory)) return undefined
    const lock = locked ? undefined : await lockDirectory(directory).catch(inUse)
    if (lock !== 'in use') {
      try {
        const dropped = makeWhole(directory)
        await replayClosed(directory)
        return dropped
      } catch (error) {
        throw notWhole(directory, error)
      } finally {
        await lock?.[Symbol.asyncDispose]()
      }
    }
    if (unclean === undefined) return undefined
    if (unclean.failed !== undefined)
      throw storeUnusable(directory, new Error('its disk refused a write: start the process that has it again'))
    // it has been looked at since the machine started
    if (unclean.boot === bootOfMachine()) return undefined
    if (attempt === attempts) throw storeUnusable(directory, new Error('the process that has it has not opened it'))
    await delay(between)
  }
}

function inUse(error: unknown): 'in use' {
  if (error instanceof StoreLockedError) return 'in use'
  throw error
}
