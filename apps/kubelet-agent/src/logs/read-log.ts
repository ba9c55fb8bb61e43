import { watch } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { parseLogLine } from './log-line.ts'
import { tailOffset } from './tail-offset.ts'

export interface ReadLogOptions {
  /** Goes on until the container has ended. */
  follow?: boolean
  tailLines?: number
  /** Milliseconds since the epoch: older lines are left out. */
  since?: number
  /** Each line begins with its time. */
  timestamps?: boolean
  limitBytes?: number
  /** Default: both. */
  stream?: 'stdout' | 'stderr'
  /** Whether the container may still write. Asked at the end of the file only. */
  running?: () => boolean
  signal: AbortSignal
}

const block = 64 * 1_024
/** Entries are 16 KiB and less in all runtimes; a line of more is not one of them and is given out in parts. */
const maxLine = 1 << 20
/** Milliseconds between looks at a followed file, beside what the kernel tells. */
const lookAgain = 200

/**
 * Reads a container's CRI log and gives out what the container wrote, in blocks of up to 64 KiB; the reader's pace is ours. Follows rotation: a file that was
 * moved away is read to its end, then the new one from its beginning.
 */
export async function* readLog(path: string, options: ReadLogOptions): AsyncGenerator<Buffer> {
  const { signal } = options
  let file = await open(path, 'r')
  const wake = options.follow ? fileChanges(path, signal) : undefined
  try {
    let position = options.tailLines === undefined ? 0 : await tailOffset(file, (await file.stat()).size, options.tailLines)
    let rest: Buffer = Buffer.alloc(0)
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY
    let midLine = false
    const buffer = Buffer.alloc(block)
    while (!signal.aborted) {
      const wasRunning = options.running?.() ?? false // asked before the read: what was written until then is read
      const { bytesRead } = await file.read(buffer, 0, block, position)
      if (bytesRead > 0) {
        position += bytesRead
        const data = rest.length === 0 ? Buffer.from(buffer.subarray(0, bytesRead)) : Buffer.concat([rest, buffer.subarray(0, bytesRead)])
        const out: Buffer[] = []
        let begin = 0
        for (let end = data.indexOf(0x0a); end !== -1; end = data.indexOf(0x0a, begin)) {
          midLine = render(data.subarray(begin, end), midLine, options, out)
          begin = end + 1
        }
        rest = data.subarray(begin)
        if (rest.length > maxLine) rest = Buffer.alloc(0)
        let chunk: Buffer = Buffer.concat(out)
        if (chunk.length > left) chunk = chunk.subarray(0, left)
        left -= chunk.length
        if (chunk.length > 0) yield chunk
        if (left <= 0) return
        continue
      }
      if (!options.follow) return
      const rotated = await openIfRotated(path, file, position)
      if (rotated !== undefined) {
        await file.close()
        file = rotated
        position = 0
        rest = Buffer.alloc(0)
        continue
      }
      if (!wasRunning) return
      await wake?.next()
    }
  } finally {
    wake?.close()
    await file.close()
  }
}

/** Adds the line's output; answers whether the container's own line goes on. */
function render(line: Buffer, midLine: boolean, options: ReadLogOptions, out: Buffer[]): boolean {
  const entry = parseLogLine(line)
  if (entry === undefined) return midLine
  if (options.stream !== undefined && entry.stream !== options.stream) return midLine
  if (options.since !== undefined && Date.parse(entry.timestamp) < options.since) return midLine
  if (options.timestamps && !midLine) out.push(Buffer.from(`${entry.timestamp} `))
  out.push(entry.text)
  if (!entry.partial) out.push(newline)
  return entry.partial
}

const newline = Buffer.from('\n')

/** The file that stands at the path now, when it is another one or was cut. */
async function openIfRotated(path: string, file: FileHandle, position: number): Promise<FileHandle | undefined> {
  const [here, there] = await Promise.all([file.stat(), stat(path).catch(() => undefined)])
  if (there === undefined) return undefined // between the two steps of a rotation
  if (there.ino === here.ino && there.size >= position) return undefined
  // the last bytes may have come between our read and the rotation
  if (there.ino !== here.ino && here.size > position) return undefined
  return open(path, 'r').catch(() => undefined)
}

/** Resolves `next()` when something happened to the file, and every 200 ms. */
function fileChanges(path: string, signal: AbortSignal) {
  let changed = false
  let wake: () => void = () => undefined
  const tell = () => {
    changed = true
    wake()
  }
  const name = basename(path)
  const watcher = watch(dirname(path), { persistent: false }, (_event, file) => {
    if (file === null || file === name) tell()
  })
  watcher.on('error', () => undefined)
  signal.addEventListener('abort', tell)
  return {
    async next(): Promise<void> {
      if (!changed) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, lookAgain)
        wake = resolve
        await promise
        clearTimeout(timer)
      }
      changed = signal.aborted
    },
    close(): void {
      watcher.close()
      signal.removeEventListener('abort', tell)
    },
  }
}
