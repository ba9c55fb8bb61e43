import { closeSync, constants, openSync, renameSync, rmSync, write, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { plenty } from '../disk-space.ts'
import { freeBytesOf } from '../free-bytes.ts'
import { syncDirectory } from '../sync-directory.ts'
import { alignment, encodeRecord, spaceOf } from './record.ts'
import { Ring } from './ring.ts'

export const journalFile = 'journal'

/** It is written once, as zeros: blocks that are there are written over, and the file system's own journal has nothing to do with that. */
const length = 8 * 2 ** 20

/** Writes some bytes of a file to the disk; calls back when they are there. */
export type Write = typeof write

/** Whose journal it is. */
export interface JournalIdentity {
  readonly directory: string
  /** Of the store: a file that another one left says so. */
  readonly id: number
  /** The number of the last record that LMDB has. */
  readonly applied: number
}

/** The journal's file: commits one behind the other, each on the disk before anybody is told. One write at a time. */
export class JournalFile {
  readonly #directory: string
  readonly #id: number
  readonly #file: number
  readonly #write: Write
  readonly #ring = new Ring(length)
  #memory = Buffer.alloc(2 * alignment)
  #number: number
  /** The number of the oldest record that LMDB does not have. */
  #oldest: number

  /** Nothing where there is no room for one. `synced`: a record is on the disk when it counts as written. */
  static async open(
    identity: JournalIdentity,
    synced: boolean,
    writeFile: Write = write,
  ): Promise<JournalFile | undefined> {
    const { directory } = identity
    // what it has must find room in LMDB's file later
    if (freeBytesOf(directory) < plenty) return undefined
    const path = join(directory, journalFile)
    await makeFile(path, directory)
    const file = openSync(path, constants.O_RDWR | (synced ? constants.O_DSYNC : 0))
    return new JournalFile(identity, file, writeFile)
  }

  constructor({ directory, id, applied }: JournalIdentity, file: number, writeFile: Write) {
    this.#directory = directory
    this.#id = id
    this.#file = file
    this.#write = writeFile
    this.#number = applied
    this.#oldest = applied + 1
  }

  /** The number of the last record. */
  get newest(): number {
    return this.#number
  }

  /** Half of it is still needed. */
  get halfFull(): boolean {
    return this.#ring.used > length / 2
  }

  /** Writes a batch, which is copied at once. Nothing where records that LMDB does not have take the room; otherwise resolves with its number when it is on the disk. */
  append(batch: Uint8Array): Promise<number> | undefined {
    const space = spaceOf(batch.length)
    const at = this.#ring.take(space)
    if (at === undefined) return undefined
    if (this.#memory.length < space) this.#memory = Buffer.alloc(space)
    const number = ++this.#number
    encodeRecord(this.#memory, this.#id, number, batch)
    return new Promise((resolve, reject) => {
      this.#write(this.#file, this.#memory, 0, space, at, (error, written) => {
        if (error === null && written === space) resolve(number)
        else reject(this.#refused(at, error ?? new Error(`only ${written} of ${space} bytes were written`)))
      })
    })
  }

  /** LMDB has all records up to this one, and the disk has them there. */
  free(through: number): void {
    this.#ring.free(through + 1 - this.#oldest)
    this.#oldest = through + 1
  }

  /** `remove`: LMDB has all of it. */
  close(remove: boolean): void {
    closeSync(this.#file)
    if (!remove) return
    try {
      rmSync(join(this.#directory, journalFile), { force: true })
    } catch {
      // the next start sees that there is nothing new in it
    }
  }

  /** Who waited is told that it failed: the next start shall not find what the kernel may still have of it. */
  #refused(at: number, error: Error): Error {
    try {
      writeSync(this.#file, Buffer.alloc(alignment), 0, alignment, at)
    } catch {
      // the disk has said what it has to say
    }
    return error
  }
}

/** The file is there, with all its blocks, on the disk, and with no record of those who had the store before; or as it was. */
async function makeFile(path: string, directory: string): Promise<void> {
  const beside = `${path}.new`
  try {
    {
      await using file = await open(beside, 'w', 0o600)
      const zeros = Buffer.alloc(length / 8)
      for (let at = 0; at < length; at += zeros.length) await file.write(zeros, 0, zeros.length, at)
      await file.sync()
    }
    renameSync(beside, path)
  } catch (error) {
    // there may be no room for half of it either
    rmSync(beside, { force: true })
    throw error
  }
  syncDirectory(directory)
}
