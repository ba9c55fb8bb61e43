import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import { dataFile } from '../data-file.ts'
import { JournalFile, journalFile } from '../journal/journal-file.ts'
import { spaceOf } from '../journal/record.ts'
import { Ring } from '../journal/ring.ts'
import { WritingThread } from '../writing/writing-thread.ts'
import { sector } from './torn-commits.ts'

/** A sector as somebody wrote it. */
export interface Written {
  readonly at: number
  readonly bytes: Buffer
}

/** Bytes on their way to the disk. Whoever wrote them is told when all of them are there; until then any of them may be. */
export interface Flush {
  readonly file: 'data' | 'journal'
  readonly written: Written[]
}

/** What a store did to its disk, in the order of time. */
export type Step = { readonly begins: Flush } | { readonly ends: Flush }

/** Sees what a store that writes by a thread behind a journal brings to the disk: each write, when it began, and when it was flushed. */
export class RecordedDisk implements Disposable {
  readonly steps: Step[] = []
  /** As the file was before the first step. */
  readonly data: Buffer
  readonly #directory: string
  #now: Buffer
  #file: number | undefined

  /** `slow`: what LMDB's commits wait for besides the disk, so that records come meanwhile. */
  constructor(directory: string, slow: () => Promise<void>) {
    this.#directory = directory
    this.data = this.#read()
    this.#now = this.data
    const disk = this
    const { commit } = WritingThread.prototype
    vi.spyOn(WritingThread.prototype, 'commit').mockImplementation(async function (this: WritingThread, batch) {
      const flush = disk.#begin('data')
      await commit.call(this, batch)
      flush.written.push(...disk.#changes())
      await slow()
      disk.steps.push({ ends: flush })
    })
    const { take } = Ring.prototype
    let place: number | undefined
    vi.spyOn(Ring.prototype, 'take').mockImplementation(function (this: Ring, bytes) {
      place = take.call(this, bytes)
      return place
    })
    const { append } = JournalFile.prototype
    vi.spyOn(JournalFile.prototype, 'append').mockImplementation(function (this: JournalFile, batch) {
      const space = spaceOf(batch.length)
      const appended = append.call(this, batch)
      const start = place
      if (appended === undefined || start === undefined) return undefined
      const flush = disk.#begin('journal')
      return appended.then(number => {
        const record = Buffer.alloc(space)
        readSync(disk.#journal(), record, 0, space, start)
        for (let at = 0; at < space; at += sector)
          flush.written.push({ at: start + at, bytes: record.subarray(at, at + sector) })
        disk.steps.push({ ends: flush })
        return number
      })
    })
  }

  #begin(file: Flush['file']): Flush {
    const flush: Flush = { file, written: [] }
    this.steps.push({ begins: flush })
    return flush
  }

  #journal(): number {
    this.#file ??= openSync(join(this.#directory, journalFile), 'r')
    return this.#file
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file)
  }

  #read(): Buffer {
    return readFileSync(join(this.#directory, dataFile))
  }

  #changes(): Written[] {
    const before = this.#now
    this.#now = this.#read()
    return changes(before, this.#now)
  }
}

/** The sectors in which a file differs from what it was; where it was shorter there was nothing. */
export function changes(before: Buffer, after: Buffer): Written[] {
  const found: Written[] = []
  for (let at = 0; at < after.length; at += sector) {
    const bytes = after.subarray(at, at + sector)
    const old = at < before.length ? before.subarray(at, at + sector) : Buffer.alloc(sector)
    if (!bytes.equals(old)) found.push({ at, bytes: Buffer.from(bytes) })
  }
  return found
}

/** The file with these sectors, as long as they need it. */
export function withSectors(file: Buffer, written: readonly Written[]): Buffer {
  const end = written.reduce((longest, { at, bytes }) => Math.max(longest, at + bytes.length), file.length)
  const result = Buffer.alloc(Math.ceil(end / 4096) * 4096)
  file.copy(result)
  for (const { at, bytes } of written) bytes.copy(result, at)
  return result
}
