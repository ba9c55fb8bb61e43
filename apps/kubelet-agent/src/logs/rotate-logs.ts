import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface RotateOptions {
  maxSize: number
  /** Files a container keeps, the one it writes included. */
  maxFiles: number
  now: number
  /** Tells the runtime to open the file anew. */
  reopen(): Promise<void>
}

/** Moves a log that has grown too large to `0.log.20261124-130000`, lets the runtime begin a new one, and removes the oldest. Answers whether it did. */
export async function rotateLog(path: string, options: RotateOptions): Promise<boolean> {
  const { size } = await stat(path).catch(() => ({ size: 0 }))
  if (size < options.maxSize) return false
  const stamp = new Date(options.now).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  const moved = `${path}.${stamp}`
  await rename(path, moved)
  try {
    await options.reopen()
  } catch (error) {
    await rename(moved, path) // the runtime writes on into the old file: it must be found
    throw error
  }
  const prefix = `${basename(path)}.`
  const old = (await readdir(dirname(path))).filter(name => name.startsWith(prefix)).sort()
  for (const name of old.slice(0, Math.max(0, old.length - (options.maxFiles - 1))))
    await rm(join(dirname(path), name), { force: true })
  return true
}
