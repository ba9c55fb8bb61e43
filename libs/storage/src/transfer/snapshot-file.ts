import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { KeyValue } from '../key-value-store.ts'
import type { StoreContents } from './contents.ts'

/**
 * A snapshot is a text file of JSON, a line each, so that `jq` and `grep` read it:
 *
 *     {"kubetsSnapshot":1,"revision":1234,"created":"2026-01-01T00:00:00.000Z"}
 *     {"lease":"4711","ttl":3600}
 *     {"key":"/registry/…","create":12,"mod":34,"lease":"4711","value":"{…}"}
 *     {"key":"/registry/…","create":12,"mod":34,"base64":"azhzAA…"}
 *     {"keys":2,"leases":1,"bytes":4096,"sha256":"…"}
 *
 * The last line's hash is over all bytes before that line: `head -n -1 FILE | sha256sum`.
 */
export const snapshotFormat = 1

const chunkBytes = 1024 * 1024

export interface SnapshotSummary {
  readonly revision: number
  readonly created: string
  readonly keys: number
  readonly leases: number
  /** Of keys and values. */
  readonly bytes: number
  readonly sha256: string
}

/**
 * Writes a snapshot, readable by its owner only. The file has its name once it is whole and on the disk; one of that
 * name is replaced then. It writes synchronously: for a process that has nothing else to do.
 */
export async function writeSnapshot(
  contents: StoreContents,
  path: string,
  onProgress?: (keys: number) => void,
): Promise<SnapshotSummary> {
  const partial = `${path}.${process.pid}.part`
  const created = new Date().toISOString()
  const file = openSync(partial, 'wx', 0o600)
  let closed = false
  try {
    const hash = createHash('sha256')
    let held: string[] = []
    let heldLength = 0
    const flush = (): void => {
      const bytes = Buffer.from(held.join(''))
      hash.update(bytes)
      writeAll(file, bytes)
      held = []
      heldLength = 0
    }
    const line = (value: object): void => {
      const text = `${JSON.stringify(value)}\n`
      held.push(text)
      heldLength += text.length
      if (heldLength >= chunkBytes) flush()
    }
    line({ kubetsSnapshot: snapshotFormat, revision: contents.revision, created })
    for (const { id, ttl } of contents.leases) line({ lease: String(id), ttl })
    let keys = 0
    let bytes = 0
    for await (const page of contents.pages()) {
      for (const kv of page) {
        line(toLine(kv))
        keys++
        bytes += Buffer.byteLength(kv.key) + kv.value.length
      }
      onProgress?.(keys)
    }
    flush()
    const sums = { keys, leases: contents.leases.length, bytes, sha256: hash.digest('hex') }
    writeAll(file, Buffer.from(`${JSON.stringify(sums)}\n`))
    fsyncSync(file)
    closeSync(file)
    closed = true
    renameSync(partial, path)
    await using directory = await open(dirname(path))
    await directory.sync()
    return { revision: contents.revision, created, ...sums }
  } catch (error) {
    if (!closed) closeSync(file)
    rmSync(partial, { force: true })
    throw error
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

function toLine({ key, value, createRevision, modRevision, lease }: KeyValue): object {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return {
    key,
    create: createRevision,
    mod: modRevision,
    ...(lease === 0n ? {} : { lease: String(lease) }),
    // exact either way: text is valid UTF-8
    ...(isUtf8(bytes) ? { value: bytes.toString() } : { base64: bytes.toString('base64') }),
  }
}
