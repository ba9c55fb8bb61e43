import { constants } from 'node:fs'
import { chmod, chown, type FileHandle, mkdir, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterFiles } from './cluster-files.ts'
import { type Owner, root, serviceGroup, serviceUsers, userOf } from './service-users.ts'

const ours: ReadonlySet<number> = new Set([root.uid, ...Object.values(serviceUsers)])

/** Makes every file its service's own. What an earlier version, `kubets snapshot restore` or a backup left to root changes hands here. @throws Error */
export async function giveToServices({ folders, files, stores }: ClusterFiles): Promise<void> {
  for (const path of folders) await letIn(path)
  await Promise.all([
    ...files.map(({ path, of }) => give(path, userOf(of))),
    ...stores.map(async ({ path, of }) => {
      await mkdir(path, { recursive: true, mode: 0o700 })
      await give(path, userOf(of))
    }),
  ])
}

/** The same backwards: root without its capabilities reads only what is root's. @throws Error */
export async function giveToRoot({ files, stores }: ClusterFiles): Promise<void> {
  await Promise.all([...files, ...stores].map(({ path }) => give(path, root)))
}

/** Lets the services into a folder that was root's alone. They also list it: a folder that cannot be listed cannot be watched for renewed files. */
export async function letIn(path: string): Promise<void> {
  const { uid, gid, mode } = await stat(path)
  if ((mode & 0o005) === 0o005 || (gid === serviceGroup && (mode & 0o050) === 0o050)) return
  if (uid !== root.uid) throw new Error(`${path} belongs to user ${uid}, who lets nobody in`)
  await chown(path, uid, serviceGroup)
  await chmod(path, (mode & 0o777) | 0o050)
}

async function give(path: string, to: Owner): Promise<void> {
  await using file = await openAs(path, 0)
  if (file !== undefined) await giveOpen(file, path, to)
}

/**
 * Through descriptors and never through a link: whoever has broken into a service has had its folder, and may have left anything in it
 * that leads to somebody else's files.
 */
async function giveOpen(file: FileHandle, path: string, to: Owner): Promise<void> {
  const found = await file.stat()
  if (!ours.has(found.uid)) throw new Error(`${path} belongs to user ${found.uid}`)
  if (found.isFile() && found.nlink > 1) throw new Error(`${path} has another name somewhere`)
  if (found.isDirectory())
    for (const name of await readdir(`/proc/self/fd/${file.fd}`)) {
      await using inside = await openAs(`/proc/self/fd/${file.fd}/${name}`, constants.O_NOFOLLOW)
      if (inside !== undefined) await giveOpen(inside, join(path, name), to)
    }
  if (found.uid !== to.uid || found.gid !== to.gid) await file.chown(to.uid, to.gid)
  // `kubets snapshot restore` under a usual umask
  if ((found.mode & 0o077) !== 0) await file.chmod(found.mode & 0o700)
}

/** Undefined for what is not there, and for links and sockets: nobody reads those. */
async function openAs(path: string, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags)
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
