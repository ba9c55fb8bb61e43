import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessIdentity } from '../cluster-directory/index.ts'

/**
 * Beside the pinned namespaces of a cluster: whose they are and who runs there. A cluster's folder may be deleted by hand while all that it has
 * in the kernel stays; this is how it is found then.
 */
export interface RunRecord {
  /** The cluster's folder. */
  readonly directory: string
  readonly processes: Readonly<Record<string, ProcessIdentity>>
}

const file = (runDirectory: string) => join(runDirectory, 'cluster.json')

export async function beginRunRecord(runDirectory: string, record: RunRecord): Promise<void> {
  await mkdir(runDirectory, { recursive: true, mode: 0o700 })
  await keepRunRecord(runDirectory, record)
}

/** A run directory that is gone by now stays gone. */
export async function keepRunRecord(runDirectory: string, record: RunRecord): Promise<void> {
  try {
    await writeFile(`${file(runDirectory)}.new`, JSON.stringify(record), { mode: 0o600 })
    await rename(`${file(runDirectory)}.new`, file(runDirectory))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Undefined where there is none: clusters of before this release have none. */
export async function readRunRecord(runDirectory: string): Promise<RunRecord | undefined> {
  try {
    return JSON.parse(await readFile(file(runDirectory), 'utf8')) as RunRecord
  } catch {
    return undefined
  }
}
