import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { PageDamage } from './damage.ts'

/** Pages that are read at once, at most. */
const chunkPages = 256

/** So many unwanted pages are read along, since that costs less than another call. */
const gapPages = 8

/** A page within bytes that hold others too. Both views are of the same memory; pages, and so their fields, are aligned in it. */
export interface PageBytes {
  readonly bytes: Buffer
  /** Of the machine's byte order, which is the file's. */
  readonly words: Uint16Array
  /** Where the page begins, in bytes. */
  readonly start: number
}

/** The pages of a database file, read in the order in which they lie there. */
export class PageFile implements Disposable {
  readonly pageSize: number
  /** Whole pages that the file has. */
  readonly pages: number
  readonly #file: number
  readonly #bytes: Buffer
  readonly #words: Uint16Array

  constructor(path: string, pageSize: number) {
    this.#file = openSync(path, 'r')
    this.pageSize = pageSize
    this.pages = Math.floor(fstatSync(this.#file).size / pageSize)
    const memory = new ArrayBuffer(chunkPages * pageSize)
    this.#bytes = Buffer.from(memory)
    this.#words = new Uint16Array(memory)
  }

  /** Visits pages, whose numbers ascend. What is given is valid during the visit. */
  visit(numbers: ArrayLike<number>, visit: (page: PageBytes, index: number) => void): void {
    const { pageSize } = this
    for (let from = 0; from < numbers.length; ) {
      const first = numbers[from] as number
      let to = from
      for (let last = first; to < numbers.length; to++) {
        const next = numbers[to] as number
        if (next - last > gapPages || next - first >= chunkPages) break
        last = next
      }
      const length = ((numbers[to - 1] as number) - first + 1) * pageSize
      if (readSync(this.#file, this.#bytes, 0, length, first * pageSize) !== length)
        throw new PageDamage(first, 'the file ends before it')
      for (; from < to; from++) {
        const start = ((numbers[from] as number) - first) * pageSize
        visit({ bytes: this.#bytes, words: this.#words, start }, from)
      }
    }
  }

  /** The bytes of pages that follow each other. */
  read(first: number, count: number): Buffer {
    const bytes = Buffer.alloc(count * this.pageSize)
    if (readSync(this.#file, bytes, 0, bytes.length, first * this.pageSize) !== bytes.length)
      throw new PageDamage(first, 'the file ends before it')
    return bytes
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

/** Which pages of a file are used, each by one only. */
export class PageUse {
  /** Pages that the database counts as its own. */
  readonly pages: number
  /** Those that the file has: it may end before the last ones while they are free. */
  readonly #there: number
  readonly #used: Uint8Array
  /** Free pages behind the file's end. */
  readonly #missing = new Set<number>()

  constructor(pages: number, there: number) {
    this.pages = pages
    this.#there = there
    this.#used = new Uint8Array(Math.min(pages, there))
  }

  /** @param from The page that refers to them. */
  take(from: number, first: number, count: number): void {
    if (!(first >= 2 && count >= 1 && first + count <= this.pages))
      throw new PageDamage(from, `it refers to page ${first}, which the database does not have`)
    if (first + count > this.#there)
      throw new PageDamage(from, `it refers to page ${first + count - 1}, and the file ends before it`)
    for (let page = first; page < first + count; page++) {
      if (this.#used[page] === 1) throw new PageDamage(from, `it refers to page ${page}, which is in use elsewhere`)
      this.#used[page] = 1
    }
  }

  /** @param from The page that calls them free. */
  assertFree(from: number, first: number, count: number): void {
    if (!(first >= 2 && first + count <= this.pages))
      throw new PageDamage(from, `it calls page ${first} free, which the database does not have`)
    for (let page = first; page < first + count; page++) {
      if (this.#used[page] === 1) throw new PageDamage(from, `it calls page ${page} free, which is in use`)
      if (page >= this.#there) this.#missing.add(page)
    }
  }

  /** @param from The page that says how many there are. */
  assertAllThere(from: number): void {
    if (this.#there + this.#missing.size < this.pages)
      throw new PageDamage(from, `the file has ${this.#there} of the ${this.pages} pages that it names`)
  }
}
