import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

export interface DiskUsage {
  bytes: number
  inodes: number
  /** Milliseconds since 1970. */
  at: number
}

const maxAgeMs = 30_000

/** How much containers wrote. Walking a tree is dear, so an answer is kept for half a minute and only one walk runs at a time. */
export class DiskUsages {
  readonly #known = new Map<string, DiskUsage>()
  #tail: Promise<unknown> = Promise.resolve()

  async of(dir: string, now: number): Promise<DiskUsage> {
    const known = this.#known.get(dir)
    if (known && now - known.at < maxAgeMs) return known
    const walking = this.#tail.then(() => this.#walk(dir, now))
    this.#tail = walking
    return walking
  }

  async #walk(dir: string, now: number): Promise<DiskUsage> {
    const known = this.#known.get(dir)
    if (known && known.at >= now) return known
    const usage = { bytes: 0, inodes: 0, at: now }
    await walk(dir, usage)
    this.#known.delete(dir)
    this.#known.set(dir, usage)
    for (const [old, { at }] of this.#known) {
      if (now - at < 600_000) break // the map is in the order of walking
      this.#known.delete(old)
    }
    return usage
  }
}

async function walk(dir: string, usage: DiskUsage): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []) // removed meanwhile
  for (const entry of entries) {
    const path = join(dir, entry.name)
    const stat = await lstat(path).catch(() => undefined)
    if (!stat) continue
    usage.inodes++
    usage.bytes += stat.blocks * 512
    if (entry.isDirectory()) await walk(path, usage)
  }
}
