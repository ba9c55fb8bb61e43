import { type FSWatcher, watch } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

export interface LogPiece {
  stream: 'stdout' | 'stderr'
  bytes: Buffer
}

const newline = 10
const chunkSize = 64 << 10

/**
 * Gives back what a container prints from the moment this resolves, byte for byte, out of its CRI log: a line is
 * `TIME STREAM TAG TEXT`, tag F stands for a text that ended with a newline and P for one that did not. The file is the slow
 * reader's buffer. When it is rotated, the rest of the old file is read before the new one.
 * The pieces end when `ended` has resolved and everything is read, or when the signal aborts; they must be iterated, or the file stays open.
 */
export async function followCriLog(
  path: string,
  ended: Promise<void>,
  signal: AbortSignal,
): Promise<AsyncGenerator<LogPiece>> {
  const file = await open(path, 'r')
  const { size } = await file.stat() // conmon writes whole lines, so this is where one begins
  return pieces(path, file, size, ended, signal)
}

async function* pieces(
  path: string,
  file: FileHandle,
  position: number,
  ended: Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<LogPiece> {
  using wakeUp = new WakeUp(path, signal)
  let over = false
  void ended.then(() => {
    over = true
    wakeUp.ring()
  })
  let rest = Buffer.alloc(0)
  let next: FileHandle | undefined
  const chunk = Buffer.allocUnsafeSlow(chunkSize)
  try {
    while (!signal.aborted) {
      const wasOver = over
      wakeUp.arm()
      const { bytesRead } = await file.read(chunk, 0, chunkSize, position)
      if (bytesRead > 0) {
        position += bytesRead
        rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
        let from = 0
        for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline, from)) {
          const piece = parseLine(rest.subarray(from, end))
          from = end + 1
          if (piece) yield piece
        }
        rest = Buffer.from(rest.subarray(from))
        continue
      }
      if (next) {
        await file.close()
        file = next
        next = undefined
        position = 0
        rest = Buffer.alloc(0)
        continue
      }
      // once the new file is there nothing is added to the old one: it is read to its end once more, and left
      next = await rotated(path, file)
      if (next) continue
      if (wasOver) return
      await wakeUp.rung()
    }
  } finally {
    await file.close()
    await next?.close()
  }
}

function parseLine(line: Buffer): LogPiece | undefined {
  const first = line.indexOf(32)
  const second = line.indexOf(32, first + 1)
  const third = line.indexOf(32, second + 1)
  if (first < 0 || second < 0 || third < 0) return undefined
  const stream = line.toString('latin1', first + 1, second)
  if (stream !== 'stdout' && stream !== 'stderr') return undefined
  const text = line.subarray(third + 1)
  const full = line[second + 1] === 70 // F
  return { stream, bytes: full ? Buffer.concat([text, Buffer.from('\n')]) : Buffer.from(text) }
}

/** The new file under the old name, once there is one. */
async function rotated(path: string, current: FileHandle): Promise<FileHandle | undefined> {
  const [there, here] = await Promise.all([stat(path).catch(() => undefined), current.stat()])
  return there && there.ino !== here.ino ? open(path, 'r').catch(() => undefined) : undefined
}

/** Changes of the folder wake the reader; nothing that happens between arming and waiting is missed. */
class WakeUp implements Disposable {
  readonly #watcher: FSWatcher
  readonly #signal: AbortSignal
  #bell = Promise.withResolvers<void>()
  readonly ring = () => this.#bell.resolve()

  constructor(path: string, signal: AbortSignal) {
    const name = basename(path)
    this.#watcher = watch(dirname(path), (_event, changed) => {
      if (changed === null || changed === name) this.ring()
    })
    this.#watcher.on('error', this.ring)
    this.#signal = signal
    signal.addEventListener('abort', this.ring)
  }

  arm(): void {
    this.#bell = Promise.withResolvers()
    if (this.#signal.aborted) this.ring()
  }

  rung(): Promise<void> {
    return this.#bell.promise
  }

  [Symbol.dispose](): void {
    this.#watcher.close()
    this.#signal.removeEventListener('abort', this.ring)
  }
}
