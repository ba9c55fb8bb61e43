import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { dataFile } from '../data-file.ts'
import { PageDamage } from '../integrity/damage.ts'
import { type Meta, readMetaPages } from '../integrity/meta-pages.ts'
import { sealOf } from '../integrity/seal.ts'
import { bootOfMachine, readUnclean, removeUnclean, type Unclean } from '../sealing/unclean.ts'
import { WrittenPages } from '../sealing/written-pages.ts'
import { assertWhole } from '../soundness.ts'
import { dropCommit } from './dropped-commit.ts'

/** A commit that had no answer yet, and did not reach the disk wholly. The store is as before it. */
export interface Dropped {
  readonly transaction: number
}

/**
 * Looks whether the data file is whole, before anybody opens it, who has locked the store. One that was closed is whole or damaged. Of one that was not, the last
 * commit may be torn: it is dropped then, and the one before it stands.
 *
 * @throws PageDamage when what was acknowledged is not there.
 * @throws StoreOpenError
 */
export function makeWhole(directory: string): Dropped | undefined {
  const path = join(directory, dataFile)
  const unclean = readUnclean(directory)
  const file = openSync(path, 'r+')
  try {
    let dropped: Dropped | undefined
    if (unclean === undefined) assertWhole(path, 'exclusive')
    else dropped = decide(path, file, unclean)
    // what a process that was killed has left to the kernel is read from now on, and built on
    fdatasyncSync(file)
    // also where there is none any more: commits that bear no seal may come now, and a power cut must not bring it back
    removeUnclean(directory)
    return dropped
  } finally {
    closeSync(file)
  }
}

function decide(path: string, file: number, unclean: Unclean): Dropped | undefined {
  const [newest, older] = readMetaPages(file)
  const { transaction, page } = newest
  if (transaction < unclean.since)
    throw new PageDamage(page, `it is of transaction ${transaction}, before ${unclean.since} which was there`)
  // written with two flushes
  if (transaction === unclean.since) {
    assertWhole(path, 'exclusive')
    return undefined
  }
  const sameBoot = unclean.boot === bootOfMachine()
  const refused = unclean.failed === transaction
  const damage = refused ? neverFlushed(newest) : damageOf(path, file, newest, older, sameBoot)
  if (damage === undefined) return undefined
  // whoever was answered saw a flush, and that brought the seal; and the kernel still has what came before it
  if (sameBoot && sealOf(newest) !== undefined && !refused) throw damage
  assertOlderWhole(path, older, unclean, damage)
  dropCommit(file, newest, older)
  return { transaction }
}

function neverFlushed({ page }: Meta): PageDamage {
  return new PageDamage(page, 'the disk refused its commit')
}

/** What is wrong with the newest commit; nothing: every byte that it wrote is there. */
function damageOf(path: string, file: number, newest: Meta, older: Meta, sameBoot: boolean): PageDamage | undefined {
  const seal = sealOf(newest)
  if (seal === undefined) return new PageDamage(newest.page, 'its commit bears no seal')
  try {
    assertWhole(path, 'exclusive')
    const written = new WrittenPages(file, newest.pageSize)
    const { pages, checksum } = written.sum(newest, older)
    if (pages !== seal.pages || checksum !== seal.checksum)
      return new PageDamage(newest.page, 'the pages of its commit are not those that were written')
    // a flush that failed when the process was gone already: the kernel has them, and calls them written
    if (sameBoot) written.sum(newest, older, true)
    return undefined
  } catch (error) {
    if (error instanceof PageDamage) return error
    throw error
  }
}

/** It was flushed, with its seal, before the next one began. */
function assertOlderWhole(path: string, older: Meta, { since }: Unclean, damage: PageDamage): void {
  if (older.transaction > since && sealOf(older) === undefined) throw damage
  assertWhole(path, 'exclusive', 'older')
}
