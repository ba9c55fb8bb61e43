import { access, mkdir, readdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '@kubets/api-types'
import { cpuQuota, cpuShares } from './linux-resources.ts'
import { podRequests } from './pod-requests.ts'
import { qosClass } from './qos.ts'

/** Cgroups that hold all of one pod: `<root>/kubepods/burstable/pod<uid>`. */
export interface PodCgroups {
  /** The cgroup that the runtime places the pod's containers in, as CRI wants it; undefined: the runtime's own choice. */
  parent(pod: Pod): string | undefined
  create(pod: Pod): Promise<void>
  remove(pod: Pod): Promise<void>
}

export const noCgroups: PodCgroups = {
  parent: () => undefined,
  create: async () => undefined,
  remove: async () => undefined,
}

/** `mount` is where the cgroup file systems are, `/sys/fs/cgroup`. */
export async function openPodCgroups(root: string, mount = '/sys/fs/cgroup'): Promise<PodCgroups> {
  const unified = await access(join(mount, 'cgroup.controllers')).then(
    () => true,
    () => false,
  )
  // all of them, also `unified` beside v1 and named ones: the runtime makes a folder in each
  const trees = unified ? [''] : await readdir(mount)

  const path = (pod: Pod) => {
    const qos = qosClass(pod)
    const middle = qos === 'Guaranteed' ? '' : qos.toLowerCase()
    return join('/', root, 'kubepods', middle, `pod${pod.metadata?.uid}`)
  }
  return {
    parent: path,
    async create(pod) {
      const requests = podRequests(pod)
      const limits = podRequests(pod, 'limits')
      const everyLimited = (name: string) =>
        [...(pod.spec?.containers ?? [])].every(
          c => (c.resources?.limits as Record<string, string> | undefined)?.[name],
        )
      const shares = cpuShares(requests.get('cpu') ?? 0)
      const quota = everyLimited('cpu') ? cpuQuota(limits.get('cpu') ?? 0) : 0
      const memory = everyLimited('memory') ? (limits.get('memory') ?? 0) : 0
      // the other controllers' folders are made by runc, which also fills cpuset's
      for (const tree of trees.filter(name => unified || name === 'cpu' || name === 'memory')) {
        const folder = join(mount, tree, path(pod))
        await mkdir(folder, { recursive: true })
        if (unified) {
          await handDown(mount, path(pod))
          await writeFile(join(folder, 'cpu.weight'), String(1 + Math.floor(((shares - 2) * 9999) / 262142))).catch(
            ignoreAbsent,
          )
          if (quota > 0) await writeFile(join(folder, 'cpu.max'), `${quota} 100000`).catch(ignoreAbsent)
          if (memory > 0) await writeFile(join(folder, 'memory.max'), String(memory)).catch(ignoreAbsent)
        } else if (tree === 'cpu') {
          await writeFile(join(folder, 'cpu.shares'), String(shares)).catch(ignoreAbsent)
          if (quota > 0) await writeFile(join(folder, 'cpu.cfs_quota_us'), String(quota)).catch(ignoreAbsent)
        } else if (tree === 'memory' && memory > 0)
          await writeFile(join(folder, 'memory.limit_in_bytes'), String(memory)).catch(ignoreAbsent)
      }
    },
    async remove(pod) {
      for (const tree of trees) await removeTree(join(mount, tree, path(pod)))
    },
  }
}

/** On v2 a cgroup's controllers are those that every one above it hands down. */
async function handDown(mount: string, path: string): Promise<void> {
  let folder = mount
  for (const part of path.split('/').slice(1)) {
    await writeFile(join(folder, 'cgroup.subtree_control'), '+cpu +memory +pids').catch(ignoreAbsent)
    folder = join(folder, part)
  }
}

/** A controller that this machine does not hand down has no such file. */
function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

/** Cgroups go one by one, from the innermost; their files are not files to delete. */
async function removeTree(folder: string): Promise<void> {
  let entries: { name: string; isDirectory(): boolean }[]
  try {
    entries = await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name))
  await rmdir(folder)
}
