import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

/** Leaf first; a controller may be mounted at its own place (v1) or all at one (v2). */
export function removeCgroups(path: string): void {
  const base = '/sys/fs/cgroup'
  const roots = existsSync(join(base, 'cgroup.controllers')) ? [base] : readdirSync(base).map(name => join(base, name))
  const remove = (dir: string) => {
    for (const entry of readdirSync(dir, { withFileTypes: true }))
      if (entry.isDirectory()) remove(join(dir, entry.name))
    rmdirSync(dir)
  }
  for (const root of roots) if (existsSync(root + path)) remove(root + path)
}
