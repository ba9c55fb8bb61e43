import { createHash } from 'node:crypto'
import { chmodSync, lchownSync, lstatSync, lutimesSync, mkdirSync, type Stats } from 'node:fs'
import { posix } from 'node:path'
import { opaqueAttribute } from './apply-layer.ts'
import type { SystemCalls } from './system-calls.ts'

/** Runs work with a folder as this process's root. */
export type Inside = <T>(folder: string, work: () => Promise<T>) => Promise<T>

export interface FoldersJob {
  kind: 'folders'
  /** Folders of an image's layers, lowest first. */
  layers: string[]
  /** Per layer: folders that it has only because something lies in them. */
  implied: string[][]
  /** Folder to make, when one is needed. */
  target: string
}

export interface FoldersResult {
  /** Digest of what was made; `undefined`: nothing is wrong, nothing was made. */
  key?: string
  inodes: number
}

type Metadata = Pick<Stats, 'mode' | 'uid' | 'gid' | 'mtimeMs'>

/**
 * A layer may bring `data/file` without an entry for `data`. On its own it can only make that folder with default metadata, which
 * in the overlay hides what a lower layer said: a private folder becomes readable, `/tmp` loses its sticky bit. Layers are shared
 * between images, so they stay as they are, and such an image gets one more layer on top that holds only folders, each as the
 * topmost layer that names it has it.
 */
export async function restoreFolders(job: FoldersJob, inside: Inside, calls: SystemCalls): Promise<FoldersResult> {
  const paths = withAncestors(job.implied.slice(1).flat())
  const wanted = new Map<string, Metadata>()
  const shown = new Map<string, Metadata>()
  const pending = new Set(paths)
  for (let i = job.layers.length - 1; i >= 0 && pending.size > 0; i--) {
    const implied = new Set(job.implied[i])
    await inside(job.layers[i] as string, async () => {
      for (const path of pending) {
        const { stat, hidesLower } = look(path, calls)
        if (stat !== undefined) {
          if (!shown.has(path)) shown.set(path, stat)
          if (!implied.has(path)) wanted.set(path, stat)
        }
        if (hidesLower || wanted.has(path)) pending.delete(path)
      }
    })
  }
  const wrong = paths.filter(path => differ(shown.get(path), wanted.get(path)))
  if (wrong.length === 0) return { inodes: 0 }
  const folders = withAncestors(wrong).flatMap(path => {
    const metadata = wanted.get(path) ?? shown.get(path)
    return metadata === undefined ? [] : [{ path, metadata }]
  })
  mkdirSync(job.target, { mode: 0o755 })
  await inside(job.target, async () => make(folders))
  const listed = folders.map(({ path, metadata: { mode, uid, gid, mtimeMs } }) => [path, mode, uid, gid, mtimeMs])
  const key = createHash('sha256').update(JSON.stringify(listed)).digest('hex')
  return { key, inodes: folders.filter(({ path }) => path !== '/').length }
}

/** Parents first, the root too. */
function withAncestors(paths: readonly string[]): string[] {
  const all = new Set<string>(['/'])
  for (let path of paths) for (; path !== '/'; path = posix.dirname(path)) all.add(path)
  return [...all].sort()
}

/** The folder at a path in the layer that is the root now, and whether the layer hides what lower ones have there. */
function look(path: string, calls: SystemCalls): { stat?: Stats; hidesLower: boolean } {
  let hidesLower = false
  let stat: Stats | undefined
  for (const part of [...ancestors(path), path]) {
    stat = lstatSync(Buffer.from(part, 'latin1'), { throwIfNoEntry: false })
    if (stat === undefined) return { hidesLower }
    if (!stat.isDirectory()) return { hidesLower: true } // a whiteout, or something else in its place
    if (part !== '/' && calls.lgetxattr(part, opaqueAttribute)?.toString() === 'y') hidesLower = true
  }
  return stat === undefined ? { hidesLower } : { stat, hidesLower }
}

function ancestors(path: string): string[] {
  const result: string[] = []
  while (path !== '/') {
    path = posix.dirname(path)
    result.unshift(path)
  }
  return result
}

function differ(a: Metadata | undefined, b: Metadata | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid
}

function make(folders: readonly { path: string; metadata: Metadata }[]): void {
  for (const { path, metadata } of folders) {
    const name = Buffer.from(path, 'latin1')
    if (path !== '/') mkdirSync(name)
    lchownSync(name, metadata.uid, metadata.gid)
    chmodSync(name, metadata.mode & 0o7777)
  }
  for (const { path, metadata } of folders.toReversed()) {
    const seconds = metadata.mtimeMs / 1_000
    lutimesSync(Buffer.from(path, 'latin1'), seconds, seconds)
  }
}
