import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { LayerUsage } from './unpack/apply-layer.ts'
import type { FoldersJob, FoldersResult } from './unpack/implied-folders.ts'

/** One layer to unpack; crosses the process boundary as JSON. */
export interface UnpackJob {
  kind: 'layer'
  /** File that holds the layer: tar, gzip or zstd. */
  blob: string
  /** First byte of the layer in the file. */
  start: number
  /** Byte behind the last; the file's end when absent. */
  end?: number
  /** Folder to make and fill; must not exist. */
  target: string
  /** What the plain tar must hash to. */
  diffID: string
}

export type UnpackAnswer = ({ ok: true; key?: string } & LayerUsage) | { ok: false; message: string }

/** Unpacks layers one after another in a child process that starts with the first job. */
export interface Unpacker extends AsyncDisposable {
  /** Rejects when the archive is broken, hostile or not what its digest says. */
  unpack(job: Omit<UnpackJob, 'kind'>): Promise<LayerUsage>
  restoreFolders(job: Omit<FoldersJob, 'kind'>): Promise<FoldersResult>
}

export interface UnpackerOptions {
  /** The worker's command line. Default: this Node with `unpack-main.ts`. */
  command?: readonly string[]
  /** Ends the child. */
  signal?: AbortSignal
}

export const unpackCommand: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL('./unpack-main.ts', import.meta.url)),
]

export function createUnpacker(options: UnpackerOptions = {}): Unpacker {
  let child: Worker | undefined
  let queue: Promise<unknown> = Promise.resolve()
  const run = async (job: UnpackJob | FoldersJob) => {
    options.signal?.throwIfAborted()
    child ??= startWorker(options.command ?? unpackCommand, options.signal)
    const answer = await child.ask(job)
    if (!answer.ok) throw new Error(answer.message)
    return answer
  }
  const enqueue = (job: UnpackJob | FoldersJob) => {
    const result = queue.then(() => run(job))
    queue = result.catch(() => undefined)
    return result
  }
  return {
    async unpack(job) {
      const { size, inodes, implied } = await enqueue({ kind: 'layer', ...job })
      return { size, inodes, implied }
    },
    async restoreFolders(job) {
      const { key, inodes } = await enqueue({ kind: 'folders', ...job })
      return { inodes, ...(key === undefined ? {} : { key }) }
    },
    async [Symbol.asyncDispose]() {
      await queue
      await child?.end()
    },
  }
}

interface Worker {
  ask(job: UnpackJob | FoldersJob): Promise<UnpackAnswer>
  end(): Promise<void>
}

function startWorker(command: readonly string[], signal: AbortSignal | undefined): Worker {
  const [program = process.execPath, ...args] = command
  const child: ChildProcess = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4096) // the end of it tells the cause
  })
  child.stdin?.on('error', () => undefined) // told by the exit below
  const kill = () => child.kill('SIGKILL')
  signal?.addEventListener('abort', kill, { once: true })
  let failed: Error | undefined
  let waiting: { resolve(answer: UnpackAnswer): void; reject(error: Error): void } | undefined
  const exited = new Promise<void>(resolve => {
    const fail = (error: Error) => {
      failed ??= error
      waiting?.reject(failed)
      waiting = undefined
      signal?.removeEventListener('abort', kill)
      resolve()
    }
    child.once('error', error => fail(new Error(`cannot start the unpacker: ${error.message}`, { cause: error })))
    child.once('close', (code, name) =>
      fail(
        signal?.aborted
          ? (signal.reason as Error)
          : new Error(`the unpacker ended (${name ?? `exit code ${code}`})${stderr ? `: ${stderr.trim()}` : ''}`),
      ),
    )
  })
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', line => {
      waiting?.resolve(JSON.parse(line) as UnpackAnswer)
      waiting = undefined
    })
  return {
    ask: job =>
      new Promise((resolve, reject) => {
        if (failed) return reject(failed)
        waiting = { resolve, reject }
        child.stdin?.write(`${JSON.stringify(job)}\n`)
      }),
    async end() {
      child.stdin?.end()
      await exited
    },
  }
}
