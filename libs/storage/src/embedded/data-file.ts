import { statSync } from 'node:fs'
import { join } from 'node:path'
import { StoreOpenError, storeDamaged, storeUnusable } from './errors.ts'
import { PageDamage } from './integrity/damage.ts'

/** In the store's directory. */
export const dataFile = 'data.mdb'

/** In bytes; nothing when it is not there. */
export function dataFileSize(directory: string): number | undefined {
  return statSync(join(directory, dataFile), { throwIfNoEntry: false })?.size
}

/** What is said of a file that is not whole, or could not be looked at. */
export function notWhole(directory: string, error: unknown): StoreOpenError {
  if (error instanceof StoreOpenError) return error
  return error instanceof PageDamage
    ? storeDamaged(directory, `${dataFile}, page ${error.page}: ${error.message}`, error)
    : storeUnusable(directory, error)
}
