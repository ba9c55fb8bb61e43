import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Follows links as a process inside the root would: an absolute link starts at the root, `..` never leaves it. Parts that do
 * not exist are kept as they are written. Returns a path on the host.
 */
export function resolveInRoot(root: string, path: string): string {
  const pending = path.split('/').filter(part => part !== '' && part !== '.')
  const done: string[] = []
  for (let links = 0; pending.length > 0; ) {
    const part = pending.shift() as string
    if (part === '..') {
      done.pop()
      continue
    }
    const here = join(root, ...done, part)
    let target: string | undefined
    try {
      target = lstatSync(here).isSymbolicLink() ? readlinkSync(here) : undefined
    } catch {
      target = undefined // does not exist
    }
    if (target === undefined) {
      done.push(part)
      continue
    }
    if (++links > 40) throw new Error(`too many levels of symbolic links in ${path}`)
    if (target.startsWith('/')) done.length = 0
    pending.unshift(...target.split('/').filter(p => p !== '' && p !== '.'))
  }
  return join(root, ...done)
}

/** A small text file of the image, such as /etc/passwd; empty when there is none. At most 4 MiB. */
export function readInRoot(root: string, path: string): string {
  const file = resolveInRoot(root, path)
  try {
    const stat = lstatSync(file)
    if (!stat.isFile()) return ''
    if (stat.size > 4 << 20) throw new Error(`${path} of the image is larger than 4 MiB`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
