import { execFile } from 'node:child_process'
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { clearLeft, ownFolder, unmount } from './folders.ts'

const run = promisify(execFile)

/** What stands on the disk when the power is cut, mounted (its journal is replayed by that). */
export interface Remains extends AsyncDisposable {
  readonly path: string
}

/** A file system on a disk whose power can be cut. */
export interface Disk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string
  /** Takes what is on the disk at one instant; what the kernel still holds in memory is not. The disk itself goes on. */
  cut(): Promise<() => Promise<Remains>>
}

/**
 * An ext4 on a loop device. Its backing file lies on an xfs, where a file is cloned at one instant under a lock that no write
 * passes: a plain copy would mix instants, as no power cut does. What runs have left that were killed is cleared first.
 */
export async function createDisk(): Promise<Disk> {
  await using undo = new AsyncDisposableStack()
  await clearLeft()
  const folder = await ownFolder()
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const host = await mounted(await emptyFile(join(folder, 'xfs'), 8_000), join(folder, 'host'), ['mkfs.xfs', '-q'])
  undo.use(host)
  const backing = await emptyFile(join(host.path, 'disk'), 3_000)
  const disk = undo.use(await mounted(backing, join(folder, 'disk'), ['mkfs.ext4', '-q', '-F']))
  let count = 0
  const owned = undo.move()
  return {
    path: disk.path,
    async cut() {
      const copy = join(host.path, `copy-${++count}`)
      await run('cp', ['--reflink=always', backing, copy])
      return async () => {
        await using after = new AsyncDisposableStack()
        after.defer(() => rm(copy, { force: true }))
        const found = after.use(await mounted(copy, join(folder, `remains-${count}`)))
        const kept = after.move()
        return { path: found.path, [Symbol.asyncDispose]: () => kept.disposeAsync() }
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function emptyFile(path: string, megabytes: number): Promise<string> {
  await writeFile(path, '')
  await truncate(path, megabytes * 1024 * 1024)
  return path
}

async function mounted(file: string, path: string, makeFileSystem?: readonly [string, ...string[]]) {
  if (makeFileSystem) {
    const [program, ...args] = makeFileSystem
    await run(program, [...args, file])
  }
  await mkdir(path, { recursive: true })
  await run('mount', ['-o', 'loop', file, path])
  return { path, [Symbol.asyncDispose]: () => unmount(path) }
}
