import { type FSWatcher, watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { changeable, type Followed } from './followed.ts'

export interface FollowFilesOptions<T> {
  readonly files: readonly string[]
  /** Makes the value of what stands in the files, in their order. Throws where it will not do: the value before stays. */
  load(contents: readonly string[]): T | Promise<T>
  /** A new content that cannot be read or will not do: told once for each. */
  failed(error: Error): void
  reloaded?(value: T): void
  readonly signal: AbortSignal
  /** How often the files are read where no event comes, ms. Default a minute, as upstream's. */
  readonly pollInterval?: number
}

/** Several files that belong together are written one after the other: events are gathered for so long (ms). */
const settleTime = 50

/**
 * Follows files that belong together. Events of their folders tell of a change: of the files themselves, of files renamed over them, and of the links
 * that mounted Secrets swap. Where events do not come (another file system, no more watches to be had) they are read every minute.
 * @throws Error when they cannot be read, or do not load, at the start.
 */
export async function followFiles<T>(options: FollowFilesOptions<T>): Promise<Followed<T>> {
  const { files, signal, failed } = options
  const read = () => Promise.all(files.map(file => readFile(file, 'utf8')))
  let seen = await read()
  const value = changeable(await options.load(seen), error => failed(error as Error))
  let lastFault = ''
  let suspected = ''

  // of files that belong together one may not be written yet: what is still wrong at a second look is told
  const fault = (error: Error) => {
    const { message } = error
    if (message === lastFault) return
    if (message !== suspected) {
      suspected = message
      settle()
      return
    }
    lastFault = message
    failed(error)
  }
  const well = () => {
    lastFault = ''
    suspected = ''
  }
  let settling: NodeJS.Timeout | undefined
  const settle = () => {
    if (signal.aborted) return
    settling ??= setTimeout(() => {
      settling = undefined
      checkSoon()
    }, settleTime).unref()
  }
  let checking: Promise<void> | undefined
  let again = false
  const check = async () => {
    let contents: string[]
    try {
      contents = await read()
    } catch (error) {
      return fault(error as Error)
    }
    if (contents.every((content, i) => content === seen[i])) return well()
    try {
      const loaded = await options.load(contents)
      // what failed is looked at again: its other half may come without a change to this one
      seen = contents
      well()
      if (signal.aborted) return
      value.set(loaded)
      options.reloaded?.(loaded)
    } catch (error) {
      fault(error as Error)
    }
  }
  const checkSoon = () => {
    if (signal.aborted) return
    if (checking !== undefined) {
      again = true
      return
    }
    checking = check().finally(() => {
      checking = undefined
      if (!again) return
      again = false
      settle()
    })
  }
  const folders = new FolderWatches([...new Set(files.map(dirname))], settle)
  await folders.renew()
  const poll = setInterval(() => {
    void folders.renew()
    checkSoon()
  }, options.pollInterval ?? 60_000).unref()
  const stop = () => {
    clearInterval(poll)
    clearTimeout(settling)
    folders.close()
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  // what changed before the folders were watched
  checkSoon()
  return value
}

/** Watches of folders; a folder that was replaced is watched anew. */
class FolderWatches {
  readonly #folders: readonly string[]
  readonly #changed: () => void
  readonly #watches = new Map<string, { inode: number; watcher: FSWatcher }>()
  #closed = false

  constructor(folders: readonly string[], changed: () => void) {
    this.#folders = folders
    this.#changed = changed
  }

  async renew(): Promise<void> {
    for (const folder of this.#folders) {
      const inode = await stat(folder).then(
        found => found.ino,
        () => undefined,
      )
      const present = this.#watches.get(folder)
      if (this.#closed || (present !== undefined && present.inode === inode)) continue
      present?.watcher.close()
      this.#watches.delete(folder)
      if (inode === undefined) continue
      try {
        const watcher = watch(folder, { persistent: false }, this.#changed)
        // the next look watches it again
        watcher.on('error', () => this.#forget(folder, watcher))
        this.#watches.set(folder, { inode, watcher })
      } catch {
        // no more watches to be had: the files are read every minute
      }
    }
  }

  close(): void {
    this.#closed = true
    for (const { watcher } of this.#watches.values()) watcher.close()
    this.#watches.clear()
  }

  #forget(folder: string, watcher: FSWatcher): void {
    watcher.close()
    if (this.#watches.get(folder)?.watcher === watcher) this.#watches.delete(folder)
  }
}
