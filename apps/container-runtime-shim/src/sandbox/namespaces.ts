import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PinnedNamespaces } from '../spec/namespaces.ts'
import { CLONE, MNT_DETACH, MS, type Syscalls } from '../system/syscalls.ts'

type Kind = 'net' | 'ipc' | 'uts'

export interface NamespaceWish {
  network: boolean
  ipc: boolean
  /** Set in the new UTS namespace; `undefined`: the node's UTS namespace. */
  hostname: string | undefined
  /** Written below /proc/sys while inside. */
  sysctls: Readonly<Record<string, string>>
}

const cloneFlag: Record<Kind, number> = { net: CLONE.newnet, ipc: CLONE.newipc, uts: CLONE.newuts }

/**
 * Makes a pod's namespaces without a process: the main thread leaves its own for new ones, pins them as bind mounts in
 * `dir`, and goes back, all in one synchronous stretch, so that no other code of this process ever runs inside (1 ms, where
 * starting `unshare` costs 5). Children cannot be started meanwhile either. When going back fails the process ends: in the
 * wrong namespace everything it did would be wrong.
 */
export function createNamespaces(sys: Syscalls, dir: string, wish: NamespaceWish): void {
  const kinds: Kind[] = [
    ...(wish.network ? (['net'] as const) : []),
    ...(wish.ipc ? (['ipc'] as const) : []),
    ...(wish.hostname === undefined ? [] : (['uts'] as const)),
  ]
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  for (const kind of kinds) writeFileSync(join(dir, kind), '')
  const own = kinds.map(kind => ({ kind, fd: openSync(`/proc/thread-self/ns/${kind}`, 'r') }))
  try {
    sys.unshare(kinds.reduce((flags, kind) => flags | cloneFlag[kind], 0))
    try {
      if (wish.hostname !== undefined) sys.sethostname(wish.hostname)
      if (wish.network) sys.loopbackUp()
      for (const [name, value] of Object.entries(wish.sysctls)) setSysctl(name, value)
      for (const kind of kinds) sys.mount(`/proc/thread-self/ns/${kind}`, join(dir, kind), null, MS.bind, null)
    } finally {
      goBack(sys, own)
    }
  } catch (error) {
    removeNamespaces(sys, dir)
    throw error
  } finally {
    for (const { fd } of own) closeSync(fd)
  }
}

function goBack(sys: Syscalls, own: readonly { kind: Kind; fd: number }[]): void {
  try {
    for (const { kind, fd } of own) sys.setns(fd, cloneFlag[kind])
  } catch {
    process.abort()
  }
}

function setSysctl(name: string, value: string): void {
  // a name may use dots or slashes; with slashes, dots belong to the name (net/ipv4/conf/eth0.1/forwarding)
  const path = name.includes('/') ? name : name.replaceAll('.', '/')
  try {
    writeFileSync(join('/proc/sys', path), value)
  } catch (error) {
    throw new Error(`failed to set sysctl ${name}=${value}: ${error instanceof Error ? error.message : error}`)
  }
}

/** The files of {@link createNamespaces}, as containers name them. */
export function pinnedNamespaces(dir: string): PinnedNamespaces {
  const has = (kind: string) => existsSync(join(dir, kind))
  return {
    ...(has('net') ? { network: join(dir, 'net') } : {}),
    ...(has('ipc') ? { ipc: join(dir, 'ipc') } : {}),
    ...(has('uts') ? { uts: join(dir, 'uts') } : {}),
    ...(has('pid') ? { pid: join(dir, 'pid') } : {}),
  }
}

/** Whether a namespace is mounted here: a state folder that is not in memory keeps the empty file over a reboot. */
export function isPin(path: string): boolean {
  try {
    return statSync(path).dev !== statSync(dirname(path)).dev
  } catch {
    return false
  }
}

/** Lets the namespaces go; the kernel removes each with its last process. */
export function removeNamespaces(sys: Syscalls, dir: string): void {
  for (const kind of ['net', 'ipc', 'uts', 'pid']) unmountIfMounted(sys, join(dir, kind))
  rmSync(dir, { recursive: true, force: true })
}

/** EINVAL: not a mount point. ENOENT: nothing there. Both mean that there is nothing to do. */
export function unmountIfMounted(sys: Syscalls, path: string): void {
  try {
    sys.umount(path, MNT_DETACH)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EINVAL' && code !== 'ENOENT') throw error
  }
}
