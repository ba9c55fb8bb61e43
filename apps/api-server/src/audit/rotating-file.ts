import { chmod, type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '@kubets/component'

export interface RotatingFileOptions {
  path: string
  /** Bytes; 0: never rotated. */
  maxSize: number
  /** Days that old files are kept; 0: forever. */
  maxAge: number
  /** Old files that are kept; 0: all. */
  maxBackups: number
  compress: boolean
  clock: Clock
}

const day = 86_400_000

/**
 * A file that is moved aside when it has grown to its limit, with the names that upstream gives: `audit-<time>.log`, `.gz` behind
 * it when compressed. Writes are done in order, those that come together as one.
 */
export class RotatingFile {
  readonly #options: RotatingFileOptions
  #file: FileHandle
  #size: number
  #waiting: { text: string; done: (error?: Error) => void }[] = []
  #writing: Promise<void> | undefined
  #cleaning: Promise<void> = Promise.resolve()

  private constructor(options: RotatingFileOptions, file: FileHandle, size: number) {
    this.#options = options
    this.#file = file
    this.#size = size
  }

  /** Opens the file to append to it, or makes it for the owner only. */
  static async open(options: RotatingFileOptions): Promise<RotatingFile> {
    await mkdir(dirname(options.path), { recursive: true, mode: 0o700 })
    const file = await open(options.path, 'a', 0o600)
    const { size } = await file.stat()
    const opened = new RotatingFile(options, file, size)
    opened.#cleanUp()
    return opened
  }

  /** Resolves when the text is with the operating system. */
  write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, done: error => (error === undefined ? resolve() : reject(error)) })
      this.#writing ??= this.#writeAll()
    })
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#cleaning
    await this.#file.close()
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#take()
      try {
        const bytes = Buffer.from(batch.map(({ text }) => text).join(''))
        if (this.#options.maxSize > 0 && this.#size > 0 && this.#size + bytes.length > this.#options.maxSize)
          await this.#rotate()
        await this.#file.appendFile(bytes)
        this.#size += bytes.length
        for (const { done } of batch) done()
      } catch (error) {
        for (const { done } of batch) done(error as Error)
      }
    }
    // in the same turn as the last look: who comes after it begins anew
    this.#writing = undefined
  }

  /** What waits, as far as it goes into one file together. */
  #take() {
    const { maxSize } = this.#options
    let size = 0
    let count = 0
    for (const { text } of this.#waiting) {
      size += text.length
      if (maxSize > 0 && count > 0 && size > maxSize) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  async #rotate(): Promise<void> {
    const { path, clock } = this.#options
    await this.#file.close()
    const { mode } = await import('node:fs/promises').then(fs => fs.stat(path)).catch(() => ({ mode: 0o600 }))
    await rename(path, this.#backupName(clock.now())).catch((error: NodeJS.ErrnoException) => {
      // somebody took it away: there is nothing to keep
      if (error.code !== 'ENOENT') throw error
    })
    this.#file = await open(path, 'a', 0o600)
    await chmod(path, mode & 0o777)
    this.#size = 0
    this.#cleanUp()
  }

  #backupName(at: number): string {
    const { path } = this.#options
    const extension = extname(path)
    const time = new Date(at).toISOString().slice(0, 23).replaceAll(':', '-')
    return join(dirname(path), `${basename(path, extension)}-${time}${extension}`)
  }

  /** In the background: what fails is tried again at the next rotation. */
  #cleanUp(): void {
    this.#cleaning = this.#cleaning.then(() => this.#removeOld()).catch(() => undefined)
  }

  async #removeOld(): Promise<void> {
    const { maxAge, maxBackups, compress, clock, path } = this.#options
    const backups = (await this.#backups()).sort((a, b) => b.at - a.at)
    const oldest = maxAge > 0 ? clock.now() - maxAge * day : 0
    const kept: typeof backups = []
    for (const backup of backups) {
      const tooMany = maxBackups > 0 && kept.length >= maxBackups
      if (tooMany || backup.at < oldest) await rm(join(dirname(path), backup.name), { force: true })
      else kept.push(backup)
    }
    if (!compress) return
    for (const { name } of kept) if (!name.endsWith('.gz')) await gzipFile(join(dirname(path), name))
  }

  async #backups(): Promise<{ name: string; at: number }[]> {
    const { path } = this.#options
    const extension = extname(path)
    const prefix = `${basename(path, extension)}-`
    const found: { name: string; at: number }[] = []
    for (const name of await readdir(dirname(path))) {
      const bare = name.endsWith('.gz') ? name.slice(0, -3) : name
      if (!bare.startsWith(prefix) || !bare.endsWith(extension)) continue
      const [, date, hours, minutes, seconds] =
        /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(
          bare.slice(prefix.length, bare.length - extension.length),
        ) ?? []
      if (date !== undefined) found.push({ name, at: Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`) })
    }
    return found
  }
}

async function gzipFile(path: string): Promise<void> {
  const [{ createReadStream, createWriteStream }, { createGzip }] = await Promise.all([
    import('node:fs'),
    import('node:zlib'),
  ])
  const half = `${path}.gz.tmp`
  await pipeline(createReadStream(path), createGzip(), createWriteStream(half, { mode: 0o600 }))
  await rename(half, `${path}.gz`)
  await rm(path)
}
