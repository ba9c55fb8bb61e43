import { type FSWatcher, watch } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { formatLines, type LineFilter } from './cri-lines.ts'
import type { LogOptions } from './log-options.ts'
import { nextLog } from './next-log.ts'

const blockSize = 64 * 1024
/** A line longer than this is passed on in parts. The runtimes cut at 16 KB. */
const maxLine = 1024 * 1024
/** How often a follower that hears nothing asks whether its container still runs. Milliseconds. */
const idleCheck = 1000

export interface ReadLogOptions extends LogOptions {
  /** The CRI log: lines of `TIME STREAM TAG TEXT`. */
  readonly path: string
  /** Whether more may still come. */
  readonly isRunning: () => Promise<boolean>
  readonly signal: AbortSignal
}

/**
 * What a container has printed, as its log's options ask, in pieces of at most a few blocks: the next is read when this one is taken. With `follow`
 * it goes on over rotations until the container has ended and all is read, or the signal aborts.
 */
export async function* readContainerLog(options: ReadLogOptions): AsyncGenerator<Buffer> {
  let file = await open(options.path, 'r')
  let next: FileHandle | undefined
  try {
    const filter: LineFilter = { ...options, atLineStart: true }
    let position = options.tailLines === undefined ? 0 : await startOfTail(file, options.tailLines)
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY
    let rest: Buffer = Buffer.alloc(0)
    using news = options.follow ? new FileNews(options.path, options.signal) : undefined
    let over = !options.follow
    while (!options.signal.aborted) {
      news?.arm()
      const block = Buffer.allocUnsafe(blockSize)
      const { bytesRead } = await file.read(block, 0, blockSize, position)
      if (bytesRead > 0) {
        position += bytesRead
        rest = rest.length === 0 ? block.subarray(0, bytesRead) : Buffer.concat([rest, block.subarray(0, bytesRead)])
        const end = rest.lastIndexOf(10) + 1
        if (end === 0 && rest.length < maxLine) continue
        const whole = end === 0 ? rest.length : end
        const output = formatLines(rest.subarray(0, whole), filter)
        rest = rest.subarray(whole)
        if (output.length > 0) yield output.subarray(0, left)
        left -= output.length
        if (left <= 0) return
        continue
      }
      if (next !== undefined) {
        await file.close()
        file = next
        next = undefined
        position = 0
        continue
      }
      next = options.follow ? await nextLog(options.path, file) : undefined
      // what was written since the last look, before the runtime began another file, comes first
      if (next !== undefined) continue
      if (over) return
      if (await news?.wait(idleCheck)) continue
      // the container is asked first and the file read once more after it: what it printed last is not lost
      over = !(await options.isRunning())
    }
  } finally {
    await file.close()
    await next?.close()
  }
}

/** Where the last `lines` lines begin, counted from the end of the file. */
async function startOfTail(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat()
  let missing = lines
  const block = Buffer.allocUnsafe(blockSize)
  // the newline that ends the last line begins none
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - blockSize)
    const { bytesRead } = await file.read(block, 0, end - start, start)
    for (let i = bytesRead - 1; i >= 0; i--) {
      if (block[i] !== 10) continue
      if (start + i === size - 1) {
        if (missing === 0) return size
        continue
      }
      if (--missing <= 0) return start + i + 1
    }
    end = start
  }
  return lines === 0 ? size : 0
}

/** Changes of a file, by its folder: rotation gives the name to another file. Nothing between `arm` and `wait` is missed. */
class FileNews implements Disposable {
  readonly #watcher: FSWatcher
  readonly #signal: AbortSignal
  #changed = false
  #wake: (() => void) | undefined
  readonly #ring = () => {
    this.#changed = true
    this.#wake?.()
  }

  constructor(path: string, signal: AbortSignal) {
    const name = basename(path)
    this.#watcher = watch(dirname(path), (_event, changed) => {
      if (changed === null || changed === name) this.#ring()
    })
    this.#watcher.on('error', this.#ring)
    this.#signal = signal
    signal.addEventListener('abort', this.#ring)
  }

  arm(): void {
    this.#changed = this.#signal.aborted
  }

  /** True when something has changed, false after `ms` without news. */
  async wait(ms: number): Promise<boolean> {
    if (this.#changed) return true
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
    return this.#changed
  }

  [Symbol.dispose](): void {
    this.#watcher.close()
    this.#signal.removeEventListener('abort', this.#ring)
  }
}
