import {
  chmodSync,
  closeSync,
  constants,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { posix } from 'node:path'
import { fileTypes, type SystemCalls } from './system-calls.ts'
import type { TarEntry } from './tar-reader.ts'

export interface LayerUsage {
  /** Bytes of all files, hard links once. */
  size: number
  inodes: number
  /** Folders that no entry names, made because something lies in them; `/` too. At most {@link maxImplied}. */
  implied: string[]
}

/** Beyond it the rest keeps default metadata: such a layer names no folder at all, and lower ones seldom say more. */
const maxImplied = 1_000

const whiteoutPrefix = '.wh.'
const opaqueMarker = '.wh..wh..opq'
const metaPrefix = '.wh..wh.'
export const opaqueAttribute = 'trusted.overlay.opaque'

/**
 * Unpacks one layer into `/`: the caller has made the layer's folder the root of this process (`chroot`), so that no
 * path, link or symlink of a hostile archive leads out of it.
 *
 * Deletions become what overlayfs understands (kernel: Documentation/filesystems/overlayfs.rst): `.wh.NAME` a character
 * device 0/0, `.wh..wh..opq` the attribute `trusted.overlay.opaque=y`. As OCI demands they hide lower layers only, never
 * what the same layer brings, in whichever order the two arrive.
 */
export async function applyLayer(entries: AsyncIterable<TarEntry>, calls: SystemCalls): Promise<LayerUsage> {
  const usage: LayerUsage = { size: 0, inodes: 0, implied: [] }
  const implied = new Set(['/'])
  const times: { path: string; mtime: number }[] = []
  for await (const entry of entries) {
    const path = insidePath(entry.name)
    if (path === '/') {
      if (entry.type !== 'directory') throw new Error(`the root folder of a layer cannot be a ${entry.type}`)
      implied.delete(path)
      setMetadata('/', entry, calls)
      times.push({ path, mtime: entry.mtime })
      continue
    }
    const parent = ensureFolder(posix.dirname(path), calls, usage, implied)
    const name = posix.basename(path)
    if (name.startsWith(whiteoutPrefix)) {
      whiteOut(parent, name, calls, usage)
      continue
    }
    const target = posix.join(parent, name)
    if (entry.type === 'directory') {
      placeFolder(target, calls, usage)
      implied.delete(target)
      times.push({ path: target, mtime: entry.mtime })
    } else {
      removeExisting(target)
      await place(target, entry, calls)
      if (entry.type !== 'link') {
        usage.inodes++
        usage.size += entry.type === 'file' ? entry.size : 0
      }
    }
    if (entry.type !== 'link') setMetadata(target, entry, calls)
  }
  // a folder's time changes with each child, so they are set last, children before parents
  for (const { path, mtime } of times.reverse()) {
    const stat = lstat(path)
    if (stat?.isDirectory()) lutimesSync(bytes(path), mtime, mtime)
  }
  usage.implied = [...implied].slice(0, maxImplied)
  return usage
}

/** `./usr/../etc//passwd` → `/etc/passwd`. A name that climbs above the root is an attack or a mistake: refused. */
function insidePath(name: string): string {
  const clean = posix.normalize(name.startsWith('/') ? `.${name}` : name)
  if (clean === '..' || clean.startsWith('../'))
    throw new Error(`invalid path ${JSON.stringify(name)} in a layer: it leads out of the root`)
  const path = posix.join('/', clean)
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** Makes the folders of a path that the archive has not named, following symlinks as the kernel will. Returns the path. */
function ensureFolder(path: string, calls: SystemCalls, usage: LayerUsage, implied: Set<string>, depth = 0): string {
  if (path === '/') return path
  if (depth > 40) throw new Error(`too many levels of symbolic links: ${JSON.stringify(path)}`)
  const stat = lstat(path)
  if (stat?.isDirectory()) return path
  if (stat?.isSymbolicLink()) {
    if (statSync(bytes(path), { throwIfNoEntry: false })?.isDirectory()) return path
    const to = readlinkSync(bytes(path), 'latin1')
    ensureFolder(insidePath(posix.resolve(posix.dirname(path), to)), calls, usage, implied, depth + 1)
    return path
  }
  ensureFolder(posix.dirname(path), calls, usage, implied, depth + 1)
  placeFolder(path, calls, usage)
  implied.add(path)
  return path
}

function placeFolder(path: string, calls: SystemCalls, usage: LayerUsage): void {
  const stat = lstat(path)
  if (stat?.isDirectory()) return
  if (stat !== undefined) rmSync(bytes(path))
  mkdirSync(bytes(path), 0o755)
  usage.inodes++
  // the layer deletes what lower layers have here and puts a folder of its own in place
  if (stat !== undefined && isWhiteout(stat)) calls.lsetxattr(path, opaqueAttribute, Buffer.from('y'))
}

function whiteOut(parent: string, name: string, calls: SystemCalls, usage: LayerUsage): void {
  if (name === opaqueMarker) {
    calls.lsetxattr(parent, opaqueAttribute, Buffer.from('y'))
    return
  }
  if (name.startsWith(metaPrefix)) return // notes of aufs to itself
  const hidden = name.slice(whiteoutPrefix.length)
  if (hidden === '' || hidden === '.' || hidden === '..') throw new Error(`invalid whiteout name: ${name}`)
  const path = posix.join(parent, hidden)
  const stat = lstat(path)
  if (stat?.isDirectory()) calls.lsetxattr(path, opaqueAttribute, Buffer.from('y'))
  if (stat !== undefined) return
  calls.mknod(path, fileTypes.character, 0, 0)
  usage.inodes++
}

async function place(path: string, entry: TarEntry, calls: SystemCalls): Promise<void> {
  switch (entry.type) {
    case 'file':
      await writeFile(path, entry)
      return
    case 'link':
      linkSync(bytes(insidePath(entry.linkname)), bytes(path))
      return
    case 'symlink':
      symlinkSync(bytes(entry.linkname), bytes(path))
      return
    case 'fifo':
      calls.mknod(path, fileTypes.fifo | 0o600, 0, 0)
      return
    case 'character-device':
    case 'block-device':
      calls.mknod(
        path,
        (entry.type === 'block-device' ? fileTypes.block : fileTypes.character) | 0o600,
        entry.devmajor,
        entry.devminor,
      )
      return
    case 'directory':
      return
  }
}

async function writeFile(path: string, entry: TarEntry): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW
  const fd = openSync(bytes(path), flags, 0o600)
  try {
    const pieces = [...(entry.sparse ?? [{ offset: 0, length: entry.stored }])]
    let piece = pieces.shift()
    let written = 0
    for await (let part of entry.body()) {
      while (part.length > 0) {
        while (piece !== undefined && written === piece.length) {
          piece = pieces.shift()
          written = 0
        }
        if (piece === undefined) throw new Error('tar: more data than the sparse map tells')
        const n = writeSync(fd, part, 0, Math.min(part.length, piece.length - written), piece.offset + written)
        written += n
        part = part.subarray(n)
      }
    }
    if (entry.sparse !== undefined) ftruncateSync(fd, entry.size)
  } finally {
    closeSync(fd)
  }
}

/** Owner before mode before attributes: the kernel drops set-id bits and capabilities when the owner changes. */
function setMetadata(path: string, entry: TarEntry, calls: SystemCalls): void {
  lchownSync(bytes(path), entry.uid, entry.gid)
  if (entry.type !== 'symlink') chmodSync(bytes(path), entry.mode)
  for (const [name, value] of entry.xattrs) {
    if (name.startsWith('trusted.overlay.')) continue // overlayfs' own words: an archive must not speak them
    try {
      calls.lsetxattr(path, name, value)
    } catch (error) {
      // a file system or kernel without this attribute (SELinux labels, ACLs): as containerd, the file is kept without it
      if ((error as NodeJS.ErrnoException).code !== 'EOPNOTSUPP') throw error
    }
  }
  if (entry.type !== 'directory') lutimesSync(bytes(path), entry.mtime, entry.mtime)
}

function removeExisting(path: string): void {
  const stat = lstat(path)
  if (stat !== undefined) rmSync(bytes(path), { recursive: true, force: true })
}

function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0
}

function lstat(path: string): Stats | undefined {
  try {
    return lstatSync(bytes(path), { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}
