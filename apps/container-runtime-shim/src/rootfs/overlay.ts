import { mkdirSync } from 'node:fs'
import { relative } from 'node:path'
import { MNT_DETACH, MS, type Syscalls } from '../system/syscalls.ts'

export interface OverlayRoot {
  /** The layers lie below it; they are named relative to it, since mount options end at 4,096 bytes. Absolute. */
  layersDir: string
  /** Absolute, lowest first. */
  layers: readonly string[]
  /** Where the container's own changes go (`upper`, `work` are made in it); `undefined`: read-only. Absolute. */
  writable: string | undefined
  target: string
}

/** Mounts layers over each other: 0.1 ms. The working directory of this process changes for the length of the call. */
export function mountOverlay(sys: Syscalls, root: OverlayRoot): void {
  mkdirSync(root.target, { recursive: true })
  const lower = [...root.layers].reverse().map(layer => relative(root.layersDir, layer))
  if (lower.length === 0) throw new Error('an image without layers has no root file system')
  // an overlay that only reads needs two layers; one layer is shown as it is
  if (root.writable === undefined && lower.length === 1) {
    sys.mount(root.layers[0] ?? '', root.target, null, MS.bind, null)
    sys.mount(null, root.target, null, MS.bind | MS.remount | MS.rdonly, null)
    return
  }
  const options = [`lowerdir=${lower.join(':')}`]
  if (root.writable !== undefined) {
    for (const name of ['upper', 'work']) mkdirSync(`${root.writable}/${name}`, { recursive: true, mode: 0o755 })
    options.push(`upperdir=${root.writable}/upper`, `workdir=${root.writable}/work`)
  }
  const data = options.join(',')
  if (Buffer.byteLength(data) > 4095)
    throw new Error(`the image has too many layers to mount: ${lower.length} (mount options end at 4096 bytes)`)
  const back = process.cwd()
  process.chdir(root.layersDir)
  try {
    sys.mount('overlay', root.target, 'overlay', root.writable === undefined ? MS.rdonly : 0, data)
  } finally {
    process.chdir(back)
  }
}

export function unmountOverlay(sys: Syscalls, target: string): void {
  try {
    sys.umount(target, MNT_DETACH)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EINVAL' && code !== 'ENOENT') throw error
  }
}
