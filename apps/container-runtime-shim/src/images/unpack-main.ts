import { createHash } from 'node:crypto'
import { closeSync, constants, createReadStream, mkdirSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { applyLayer } from './unpack/apply-layer.ts'
import { ByteSource } from './unpack/byte-source.ts'
import { decompress } from './unpack/decompress.ts'
import { type FoldersJob, restoreFolders } from './unpack/implied-folders.ts'
import { loadSystemCalls, type SystemCalls } from './unpack/system-calls.ts'
import { readTar } from './unpack/tar-reader.ts'
import type { UnpackAnswer, UnpackJob } from './unpacker.ts'

/**
 * The process that unpacks layers, so that the service stays small and its loop free: one JSON job a line on standard
 * input, one JSON answer a line on standard output, until the input ends. Needs CAP_SYS_CHROOT, MKNOD, CHOWN, SYS_ADMIN
 * (trusted attributes).
 */
async function main(): Promise<void> {
  process.umask(0)
  const calls = loadSystemCalls()
  const root = openSync('/', constants.O_RDONLY | constants.O_DIRECTORY)
  // the service has gone, or has no more work: what is half done is swept by the next one, so do not write on under its hands
  process.stdin.once('end', () => process.exit(0))
  for await (const line of createInterface({ input: process.stdin })) {
    const job = JSON.parse(line) as UnpackJob | FoldersJob
    const answer = await (job.kind === 'folders' ? restore(job, root, calls) : unpack(job, root, calls))
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
}

async function unpack(job: UnpackJob, root: number, calls: SystemCalls): Promise<UnpackAnswer> {
  try {
    const range = { start: job.start, ...(job.end === undefined ? {} : { end: job.end - 1 }) }
    // opened before the root changes: the archive lies outside the layer
    const blob = openSync(job.blob, 'r')
    mkdirSync(job.target, { mode: 0o755 })
    const { usage, diffID } = await inside(job.target, root, calls, async () => {
      const hash = createHash('sha256')
      const plain = job.end === job.start ? empty() : createReadStream('', { fd: blob, autoClose: false, ...range })
      const bytes = new ByteSource(hashing(decompress(plain), hash))
      const usage = await applyLayer(readTar(bytes), calls)
      await bytes.drain() // the digest covers what follows the end mark too
      return { usage, diffID: `sha256:${hash.digest('hex')}` }
    }).finally(() => closeSync(blob))
    if (diffID !== job.diffID)
      return { ok: false, message: `wrong diff id calculated on extraction "${diffID}", expected "${job.diffID}"` }
    return { ok: true, ...usage }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

async function restore(job: FoldersJob, root: number, calls: SystemCalls): Promise<UnpackAnswer> {
  try {
    const result = await restoreFolders(job, (folder, work) => inside(folder, root, calls, work), calls)
    return { ok: true, size: 0, implied: [], ...result }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

/** Runs with `folder` as this process's root, and comes back through a descriptor of the old one. */
async function inside<T>(folder: string, root: number, calls: SystemCalls, work: () => Promise<T>): Promise<T> {
  const directory = process.cwd()
  calls.chroot(Buffer.from(folder).toString('latin1'))
  process.chdir('/')
  try {
    return await work()
  } finally {
    calls.fchdir(root)
    calls.chroot('.')
    process.chdir(directory)
  }
}

async function* hashing(
  source: AsyncIterable<Buffer>,
  hash: { update(data: Uint8Array): unknown },
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    hash.update(chunk)
    yield chunk
  }
}

async function* empty(): AsyncGenerator<Buffer> {
  // an empty blob: not even a read of one byte
}

await main()
