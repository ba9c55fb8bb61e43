import { statSync } from 'node:fs'
import { join } from 'node:path'

/** In the store's directory. */
export const dataFile = 'data.mdb'

/** In bytes; nothing when it is not there. */
export function dataFileSize(directory: string): number | undefined {
  return statSync(join(directory, dataFile), { throwIfNoEntry: false })?.size
}
