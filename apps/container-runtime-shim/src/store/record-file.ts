import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** What is on disk says which shape it has, so that a newer shim reads an older one's. */
interface Versioned {
  version: number
}

/**
 * Writes a JSON record so that a reader (this process after a SIGKILL) sees the old or the new one, never a part.
 * Records hold environment variables, so only root may read them.
 */
export function writeRecord(path: string, record: Versioned): void {
  const draft = `${path}.new`
  writeFileSync(draft, JSON.stringify(record), { mode: 0o600 })
  renameSync(draft, path)
}

/** Reads a record of version 1 (there is no older one). Throws with the path when it is missing, broken or newer. */
export function readRecord<T extends Versioned>(path: string): T {
  let record: unknown
  try {
    record = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(`record ${path} cannot be read: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
  const version = (record as Versioned | null)?.version
  if (version !== 1) throw new Error(`record ${path} has version ${version}, this shim reads version 1`)
  return record as T
}
