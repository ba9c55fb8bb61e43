import { mkdirSync, readFileSync } from 'node:fs'
import { MS, type Syscalls } from '../system/syscalls.ts'

/**
 * Makes a folder a private mount of its own, once: pins of namespaces and root file systems below it then stay out of every
 * other mount namespace, where they would keep what we unmount alive.
 */
export function ensurePrivateMount(sys: Syscalls, dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o711 })
  if (!mountPoints().has(dir)) sys.mount(dir, dir, null, MS.bind | MS.rec, null)
  sys.mount(null, dir, null, MS.private, null)
}

export interface MountPoint {
  path: string
  /** Part of a peer group: what is mounted below shows elsewhere. */
  shared: boolean
  /** Receives what is mounted at its master. */
  slave: boolean
}

/** This process' mount points (`/proc/self/mountinfo`), by path; the topmost wins. */
export function mountPoints(text = readFileSync('/proc/self/mountinfo', 'utf8')): Map<string, MountPoint> {
  const points = new Map<string, MountPoint>()
  for (const line of text.split('\n')) {
    const fields = line.split(' ')
    const raw = fields[4]
    if (raw === undefined) continue
    const path = raw.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    const optional = fields.slice(6, fields.indexOf('-'))
    points.set(path, {
      path,
      shared: optional.some(o => o.startsWith('shared:')),
      slave: optional.some(o => o.startsWith('master:')),
    })
  }
  return points
}

/** The mount that a path lies on. */
export function mountOf(path: string, points = mountPoints()): MountPoint {
  for (let at = path; at !== '/'; at = at.slice(0, Math.max(1, at.lastIndexOf('/')))) {
    const point = points.get(at)
    if (point) return point
  }
  return points.get('/') ?? { path: '/', shared: false, slave: false }
}
