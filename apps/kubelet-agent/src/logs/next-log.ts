import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * The file that a log goes on in after the open one: of those that rotation has moved aside (`0.log.20261124-130000`, by their names the oldest first) the
 * one after it, else the present `path`. Undefined while the open one is still written: it is the present one, or the runtime has not begun another yet. When the open
 * one is no longer there, what came between is lost as far as it has been removed too.
 */
export async function nextLog(path: string, current: FileHandle): Promise<FileHandle | undefined> {
  const { ino } = await current.stat()
  // the ordinary case costs one look
  if ((await inode(path)) === ino) return undefined
  const folder = dirname(path)
  const moved = (await readdir(folder)).filter(name => name.startsWith(`${basename(path)}.`)).sort()
  const files = [...moved.map(name => join(folder, name)), path]
  const inodes = await Promise.all(files.map(inode))
  const own = inodes.indexOf(ino)
  for (const file of files.slice(own + 1)) {
    const opened = await open(file, 'r').catch(() => undefined)
    if (opened !== undefined) return opened
  }
  return undefined
}

const inode = (file: string): Promise<number | undefined> =>
  stat(file).then(
    ({ ino }) => ino,
    () => undefined,
  )
