import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { storeDamaged } from '../errors.ts'
import { syncDirectory } from '../sync-directory.ts'

/** Stands in the store's directory while its commits take one flush each, until it is closed. */
export const uncleanFile = 'unclean'

/** What is known of a store whose end was not seen. */
export interface Unclean {
  /** The last transaction that was flushed before its beginning was written: later ones bear seals. */
  readonly since: number
  /** Until the machine starts anew, the kernel has all that a process wrote. */
  readonly boot: string
  /** The transaction that the disk refused to flush: what the kernel has of it may not be there. */
  readonly failed?: number
}

/** Which start of the machine this is; nothing where that cannot be told. */
export function bootOfMachine(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

/** @throws StoreOpenError when it is not what was written. */
export function readUnclean(directory: string): Unclean | undefined {
  let text: string
  try {
    text = readFileSync(join(directory, uncleanFile), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const found = parsed(text)
  if (found === undefined) throw storeDamaged(directory, `${uncleanFile} is not what was written`)
  return found
}

function parsed(text: string): Unclean | undefined {
  try {
    const { since, boot, failed } = JSON.parse(text)
    if (!Number.isSafeInteger(since) || typeof boot !== 'string') return undefined
    return { since, boot, ...(Number.isSafeInteger(failed) && { failed }) }
  } catch {
    return undefined
  }
}

/** It is on the disk when this returns. When it throws, `begun` tells whether it may be. */
export function writeUnclean(directory: string, unclean: Unclean, begun: () => void = () => undefined): void {
  const beside = join(directory, `${uncleanFile}.new`)
  const file = openSync(beside, 'w', 0o600)
  try {
    writeFileSync(file, JSON.stringify(unclean))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  begun()
  renameSync(beside, join(directory, uncleanFile))
  syncDirectory(directory)
}

/** It is gone from the disk when this returns. */
export function removeUnclean(directory: string): void {
  rmSync(join(directory, uncleanFile), { force: true })
  syncDirectory(directory)
}
