import { createHash, type Hash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, sleep } from '@kubets/component'
import type { Descriptor } from '../oci.ts'
import type { RegistryClient } from './client.ts'
import { isRegistryNotFound, RegistryError } from './errors.ts'

export interface DownloadOptions {
  client: RegistryClient
  blob: Descriptor
  /** For messages. */
  what: 'config' | 'layer'
  /** Folder for the file; a part that is there already is continued. */
  folder: string
  signal: AbortSignal
  /** Called with the bytes that have arrived in all, at most every 100 ms. */
  onBytes?: (bytes: number) => void
  clock?: Clock
}

/** Tries in a row that bring not one byte. */
const fruitlessAttempts = 4

/** Brings one blob to disk, going on where a connection broke; the file's content has the blob's digest. */
export async function downloadBlob(options: DownloadOptions): Promise<string> {
  const { blob, signal } = options
  const path = join(options.folder, blob.digest.replace(':', '-'))
  const file = await open(path, 'a+', 0o600)
  try {
    let hash = createHash('sha256')
    let have = await hashExisting(file, hash, blob.size)
    let resumed = have > 0
    let last = 0
    const restart = async () => {
      await file.truncate(0)
      hash = createHash('sha256')
      have = 0
      resumed = false
    }
    for (let fruitless = 0; have < blob.size; ) {
      signal.throwIfAborted()
      const before = have
      try {
        const answer = await options.client.blob(blob.digest, have, signal)
        if (answer.offset !== have) await restart()
        for await (const part of answer.body as AsyncIterable<Buffer>) {
          if (have + part.length > blob.size) throw new TooLongError()
          await file.appendFile(part)
          hash.update(part)
          have += part.length
          if (options.onBytes && Date.now() - last > 100) {
            last = Date.now()
            options.onBytes(have)
          }
        }
        if (have < blob.size) throw new Error(`unexpected EOF at byte ${have} of ${blob.size}`)
      } catch (error) {
        if (signal.aborted || !isTransient(error)) throw error
        fruitless = have > before ? 0 : fruitless + 1
        if (fruitless >= fruitlessAttempts) throw asCopyError(error)
      }
      if (have < blob.size) await sleep(200 * 2 ** fruitless, signal, options.clock)
      // what a former pull left may have been broken: once more from the start
      if (have === blob.size && resumed && digestSoFar(hash) !== blob.digest) await restart()
    }
    const digest = `sha256:${hash.digest('hex')}`
    if (digest !== blob.digest) throw mismatch(options.what, blob.digest, digest)
    options.onBytes?.(have)
    return path
  } catch (error) {
    // a connection that broke leaves a part worth keeping; content that is wrong does not
    if (error instanceof TooLongError || error instanceof MismatchError) await rm(path, { force: true })
    throw error instanceof TooLongError
      ? new RegistryError(
          'unexpected',
          `failed to copy: blob ${blob.digest} is longer than ${blob.size} bytes: failed precondition`,
        )
      : error
  } finally {
    await file.close()
  }
}

class TooLongError extends Error {}
class MismatchError extends RegistryError {}

function mismatch(what: string, expected: string, actual: string): MismatchError {
  return new MismatchError(
    'unexpected',
    `failed to copy: failed commit on ref "${what}-${expected}": unexpected commit digest ${actual}, expected ${expected}: failed precondition`,
  )
}

async function hashExisting(file: Awaited<ReturnType<typeof open>>, hash: Hash, size: number): Promise<number> {
  const stat = await file.stat()
  if (stat.size > size) {
    await file.truncate(0)
    return 0
  }
  const buffer = Buffer.alloc(1 << 16)
  for (let at = 0; at < stat.size; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
    hash.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
  return stat.size
}

function asCopyError(error: unknown): Error {
  if (error instanceof RegistryError) return error
  return new RegistryError('unexpected', `failed to copy: ${error instanceof Error ? error.message : error}`, {
    cause: error,
  })
}

function digestSoFar(hash: Hash): string {
  return `sha256:${hash.copy().digest('hex')}`
}

function isTransient(error: unknown): boolean {
  if (error instanceof TooLongError || isRegistryNotFound(error)) return false
  return !(error instanceof RegistryError) || error.kind === 'unreachable'
}
