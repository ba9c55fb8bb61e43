import { type FileHandle, open } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { LayerBlob } from '../layers.ts'
import { InvalidImageError } from '../oci.ts'
import type { ByteReader } from '../unpack/byte-source.ts'
import { readTar } from '../unpack/tar-reader.ts'

/** The files of an image archive or folder, addressed by relative path. */
export interface ArchiveFiles extends AsyncDisposable {
  has(name: string): boolean | Promise<boolean>
  /** A small file in full; documents over 8 MiB are refused. */
  read(name: string): Promise<Buffer>
  /** Where a file's bytes lie. */
  locate(name: string): Promise<LayerBlob>
}

const maxDocumentBytes = 8 << 20

/** A folder, as in an unpacked OCI layout. Names come from digests that were checked. */
export function openFolder(folder: string): ArchiveFiles {
  const opened = async <T>(name: string, use: (file: FileHandle) => Promise<T>): Promise<T> => {
    const file = await open(join(folder, name), 'r').catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? missing(name) : error
    })
    return use(file).finally(() => file.close())
  }
  return {
    has: name =>
      opened(name, async () => true).catch((error: unknown) => {
        if (error instanceof InvalidImageError) return false
        throw error
      }),
    read: name =>
      opened(name, async file => {
        const { size } = await file.stat()
        return readRange(file, name, 0, size)
      }),
    locate: name => opened(name, async () => ({ path: join(folder, name), start: 0 })),
    async [Symbol.asyncDispose]() {
      // nothing is held open between calls
    },
  }
}

/** An uncompressed tar file: only its headers are read, files stay where they are in it. */
export async function openTar(path: string): Promise<ArchiveFiles> {
  const file = await open(path, 'r')
  try {
    const members = await indexMembers(file)
    const find = (name: string, depth = 0): { start: number; size: number } => {
      const member = members.get(name)
      if (member === undefined || depth > 8) throw missing(name)
      // Docker before 25 writes a layer that two images share once, and symlinks to it
      return 'link' in member ? find(member.link, depth + 1) : member
    }
    return {
      has: name => members.has(name),
      async read(name) {
        const { start, size } = find(name)
        return readRange(file, name, start, size)
      },
      async locate(name) {
        const { start, size } = find(name)
        return { path, start, end: start + size }
      },
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

type Member = { start: number; size: number } | { link: string }

async function indexMembers(file: FileHandle): Promise<Map<string, Member>> {
  const { size } = await file.stat()
  const reader = new FileReader(file, size)
  const members = new Map<string, Member>()
  try {
    for await (const entry of readTar(reader)) {
      const name = clean(entry.name)
      if (entry.type === 'file' && entry.sparse === undefined)
        members.set(name, { start: reader.position, size: entry.stored })
      else if (entry.type === 'symlink')
        members.set(name, { link: clean(posix.join(posix.dirname(name), entry.linkname)) })
      else if (entry.type === 'link') members.set(name, { link: clean(entry.linkname) })
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new InvalidImageError(`unrecognized image format: ${why}`, { cause: error })
  }
  return members
}

class FileReader implements ByteReader {
  position = 0
  readonly #file: FileHandle
  readonly #size: number

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.#size = size
  }

  async take(n: number): Promise<Buffer | undefined> {
    if (this.position >= this.#size) return undefined
    return this.need(n)
  }

  async need(n: number): Promise<Buffer> {
    const buffer = Buffer.alloc(n)
    const { bytesRead } = await this.#file.read(buffer, 0, n, this.position)
    if (bytesRead < n) throw new Error('unexpected EOF')
    this.position += n
    return buffer
  }

  some(n: number): Promise<Buffer> {
    return this.need(Math.min(n, 65_536))
  }

  async skip(n: number): Promise<void> {
    this.position += n
    if (this.position > this.#size) throw new Error('unexpected EOF')
  }
}

async function readRange(file: FileHandle, name: string, start: number, size: number): Promise<Buffer> {
  if (size > maxDocumentBytes) throw new InvalidImageError(`${name} is too large (${size} bytes)`)
  const buffer = Buffer.alloc(size)
  const { bytesRead } = await file.read(buffer, 0, size, start)
  if (bytesRead < size) throw new InvalidImageError(`${name} is cut short`)
  return buffer
}

function clean(name: string): string {
  return posix.normalize(`/${Buffer.from(name, 'latin1').toString('utf8')}`).slice(1)
}

function missing(name: string): InvalidImageError {
  return new InvalidImageError(`the archive has no ${name}`)
}
