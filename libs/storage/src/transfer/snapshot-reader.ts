import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { KeyValue, LeaseInfo } from '../key-value-store.ts'
import type { StoreContents } from './contents.ts'
import { type SnapshotSummary, snapshotFormat } from './snapshot-file.ts'

/** The file is not a snapshot, or not whole; the message says what to do. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'
}

/** Key-values that are handed on at once. */
const pageSize = 250

export interface SnapshotContents extends StoreContents {
  readonly created: string
  /** SHA-256 of all lines before the one read last; of the snapshot, once `pages` has ended. */
  sum(): string
}

interface Header {
  revision: number
  created: string
}

/**
 * Opens a snapshot. `pages` fails at the end with a {@link SnapshotError} when the file is cut off or its hash is another
 * than its last line says, so what was made of the pages counts only when they have come to their end.
 */
export async function readSnapshot(path: string): Promise<SnapshotContents> {
  const file = new SnapshotLines(path)
  try {
    const header = headerOf(path, await file.next())
    const leases: LeaseInfo[] = []
    let line = await file.next()
    for (; line?.lease !== undefined && line.key === undefined; line = await file.next()) {
      const ttl = Number(line.ttl)
      if (!/^-?\d+$/.test(String(line.lease)) || !(ttl > 0)) throw damaged(path, `line ${file.number} is no lease`)
      leases.push({ id: BigInt(line.lease as string), ttl, remaining: ttl })
    }
    const first = line
    return {
      ...header,
      leases,
      sum: () => file.sum(),
      async *pages() {
        let page: KeyValue[] = []
        let count = 0
        let current = first
        for (; current?.key !== undefined; current = await file.next()) {
          page.push(toKeyValue(path, file.number, current))
          count++
          if (page.length === pageSize) {
            yield page
            page = []
          }
        }
        if (page.length > 0) yield page
        checkEnd(path, file, current, count, leases.length)
        if (await file.more()) throw damaged(path, 'something stands behind its end')
      },
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Reads all of a snapshot and says what is in it. Throws a {@link SnapshotError} for one that is not whole. */
export async function verifySnapshot(path: string): Promise<SnapshotSummary> {
  await using contents = await readSnapshot(path)
  let keys = 0
  let bytes = 0
  for await (const page of contents.pages())
    for (const { key, value } of page) {
      keys++
      bytes += Buffer.byteLength(key) + value.length
    }
  const { revision, created, leases } = contents
  return { revision, created, keys, leases: leases.length, bytes, sha256: contents.sum() }
}

type Line = Record<string, unknown>

/** The file's lines; the hash is over all of them but the last that was read. */
class SnapshotLines {
  readonly #path: string
  readonly #lines: AsyncGenerator<Buffer>
  readonly #hash = createHash('sha256')
  #last: Buffer | undefined
  number = 0

  constructor(path: string) {
    this.#path = path
    this.#lines = linesOf(path)
  }

  async next(): Promise<Line | undefined> {
    if (this.#last) this.#hash.update(this.#last)
    const { value, done } = await this.#lines.next()
    this.#last = done ? undefined : value
    if (done) return undefined
    this.number++
    try {
      const line: unknown = JSON.parse(value.toString())
      if (typeof line === 'object' && line !== null && value.at(-1) === 0x0a) return line as Line
    } catch {
      // told below
    }
    throw this.number === 1 ? notASnapshot(this.#path) : damaged(this.#path, `line ${this.number} cannot be read`)
  }

  /** Whether anything is left to read. */
  async more(): Promise<boolean> {
    return !(await this.#lines.next()).done
  }

  /** Of all lines before the last that was read. */
  sum(): string {
    return this.#hash.copy().digest('hex')
  }

  async close(): Promise<void> {
    await this.#lines.return(undefined)
  }
}

async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = []
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      const rest = chunk.subarray(start, end + 1)
      yield pieces.length === 0 ? rest : Buffer.concat([...pieces, rest])
      pieces = []
      start = end + 1
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start))
  }
  if (pieces.length > 0) yield Buffer.concat(pieces)
}

function headerOf(path: string, line: Line | undefined): Header {
  if (line === undefined) throw damaged(path, 'it is empty')
  const format = line.kubetsSnapshot
  if (typeof format !== 'number') throw notASnapshot(path)
  if (format > snapshotFormat)
    throw new SnapshotError(
      `the snapshot ${path} was written by a newer version of kubets (format ${format}, this version reads up to ${snapshotFormat}): use that version`,
    )
  const { revision, created } = line
  if (!Number.isSafeInteger(revision) || typeof created !== 'string') throw damaged(path, 'line 1 is not complete')
  return { revision: revision as number, created }
}

function toKeyValue(path: string, number: number, line: Line): KeyValue {
  const { key, create, mod, lease, value, base64 } = line
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(String(base64), 'base64')
  const complete =
    typeof key === 'string' &&
    Number.isSafeInteger(create) &&
    Number.isSafeInteger(mod) &&
    (lease === undefined || /^-?\d+$/.test(String(lease))) &&
    (typeof value === 'string') !== (typeof base64 === 'string')
  if (!complete) throw damaged(path, `line ${number} is not complete`)
  return {
    key,
    value: bytes,
    createRevision: create as number,
    modRevision: mod as number,
    lease: BigInt((lease as string | undefined) ?? 0),
  }
}

function checkEnd(path: string, file: SnapshotLines, line: Line | undefined, keys: number, leases: number) {
  if (typeof line?.sha256 !== 'string') throw damaged(path, 'its end is missing')
  const found = file.sum()
  if (found !== line.sha256) throw damaged(path, `its hash is ${found} and should be ${line.sha256}`)
  if (line.keys !== keys || line.leases !== leases) throw damaged(path, 'lines are missing')
}

function notASnapshot(path: string): SnapshotError {
  return new SnapshotError(
    `${path} is not a snapshot of 'kubets snapshot save' (those of etcdctl are restored with etcdutl)`,
  )
}

function damaged(path: string, what: string): SnapshotError {
  return new SnapshotError(`the snapshot ${path} is damaged (${what}): use another one`)
}
