import { lstatSync, mkdirSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * What every cluster of a user shares and may lose: compiled code, unpacked tools. `$XDG_CACHE_HOME/kubets`, or a folder of the user's own among
 * the temporary files when the home cannot be written; undefined when neither can.
 */
export function cacheFolder(): string | undefined {
  const user = process.getuid?.() ?? 0
  const wanted = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kubets')
  for (const folder of [wanted, join(tmpdir(), `kubets-cache-${user}`)]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const found = lstatSync(folder)
      // what is run from a guessed place under /tmp must be nobody else's
      if (found.isDirectory() && (process.getuid === undefined || found.uid === user)) return folder
    } catch {
      // not to be written: the next one
    }
  }
  return undefined
}

/** Node's compile cache: only a user's very first start pays for compiling. A setting from outside wins. */
export function compileCacheFolder(): string | undefined {
  const folder = cacheFolder()
  return process.env.NODE_COMPILE_CACHE ?? (folder === undefined ? undefined : join(folder, 'compiled'))
}
