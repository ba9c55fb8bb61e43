import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface ProjectedFile {
  data: Buffer
  mode: number
  /** Owner; root unless said. */
  uid?: number | undefined
}

/** Files by their path below the volume; `/` separates, `..` never appears. */
export type Payload = ReadonlyMap<string, ProjectedFile>

/**
 * Writes files so that a reader sees either all old ones or all new ones:
 *
 *     volume/..2026_11_24_13_00_00.123/config.yaml     the content of this moment
 *     volume/..data -> ..2026_11_24_13_00_00.123       renamed over the old link: the one atomic step
 *     volume/config.yaml -> ..data/config.yaml         what users open
 *
 * Answers whether anything changed.
 */
export async function writeAtomically(
  volume: string,
  payload: Payload,
  gid: number | undefined,
  now: number,
): Promise<boolean> {
  await mkdir(volume, { recursive: true, mode: 0o755 })
  const dataLink = join(volume, '..data')
  const old = await readlink(dataLink).catch(() => undefined)
  if (old !== undefined && (await sameContent(join(volume, old), payload))) return false
  const stamp = new Date(now).toISOString().replace(/[-T:]/g, '_').slice(0, 19)
  const fresh = await mkdtemp(join(volume, `..${stamp}.`))
  const folders = new Set([fresh])
  const isRoot = process.getuid?.() === 0
  for (const [path, { data, mode, uid }] of payload) {
    const file = join(fresh, path)
    await mkdir(dirname(file), { recursive: true, mode: 0o755 })
    for (let folder = dirname(file); folder !== fresh; folder = dirname(folder)) folders.add(folder)
    // nobody but the owner until owner and mode are right: it may be a token
    await writeFile(file, data, { mode: 0o600 })
    if ((gid !== undefined || uid !== undefined) && isRoot) await chown(file, uid ?? 0, gid ?? 0)
    await chmod(file, mode) // after chown, which clears bits; and the umask has no say
  }
  for (const folder of folders) {
    if (gid !== undefined && isRoot) await chown(folder, 0, gid)
    await chmod(folder, gid === undefined ? 0o755 : 0o2755)
  }
  const name = fresh.slice(volume.length + 1)
  await symlink(name, join(volume, '..data_tmp')).catch(async error => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    await rm(join(volume, '..data_tmp')) // left by a crash
    await symlink(name, join(volume, '..data_tmp'))
  })
  await rename(join(volume, '..data_tmp'), dataLink)
  const tops = new Set([...payload.keys()].map(path => path.split('/')[0] as string))
  for (const top of tops)
    await symlink(join('..data', top), join(volume, top)).catch(error => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
  for (const entry of await readdir(volume)) {
    if (entry.startsWith('..')) continue
    if (!tops.has(entry) && (await lstat(join(volume, entry))).isSymbolicLink()) await rm(join(volume, entry))
  }
  if (old !== undefined && old !== name) await rm(join(volume, old), { recursive: true, force: true })
  return true
}

async function sameContent(directory: string, payload: Payload): Promise<boolean> {
  const present = await filesBelow(directory)
  if (present === undefined || present.length !== payload.size) return false
  for (const path of present) {
    const wanted = payload.get(path)
    if (wanted === undefined) return false
    const file = join(directory, path)
    if (((await lstat(file)).mode & 0o777) !== wanted.mode || !wanted.data.equals(await readFile(file))) return false
  }
  return true
}

async function filesBelow(directory: string): Promise<string[] | undefined> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true })
    return entries.filter(e => e.isFile()).map(e => join(e.parentPath, e.name).slice(directory.length + 1))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
