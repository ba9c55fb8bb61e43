import { constants } from 'node:fs'
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { KeyPair } from './contract.ts'

/** Both of `FILES.crt`, `FILES.key`; undefined where one is missing. */
export async function readPair(files: string): Promise<KeyPair | undefined> {
  const [cert, key] = await Promise.all([readIfThere(`${files}.crt`), readIfThere(`${files}.key`)])
  return cert !== undefined && key !== undefined ? { cert, key } : undefined
}

/** The key first: whoever follows the files sees a pair that does not belong together for a moment, and waits. */
export async function writePair(files: string, pair: KeyPair): Promise<KeyPair> {
  await writeWhole(`${files}.key`, pair.key, 0o600)
  await writeWhole(`${files}.crt`, pair.cert, 0o644)
  return pair
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Written beside and renamed: a crash leaves the old file or the new one, never half of one. Folders are made for their owner only. What root
 * writes over stays its owner's, a service's that is not root and reads it again.
 */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
  {
    await using file = await open(`${path}.new`, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode)
    await file.chmod(mode)
    await file.writeFile(text)
    const owner = process.getuid?.() === 0 ? await stat(path).catch(() => undefined) : undefined
    if (owner !== undefined && (owner.uid !== 0 || owner.gid !== 0)) await file.chown(owner.uid, owner.gid)
  }
  await rename(`${path}.new`, path)
}
