import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CgroupUsage {
  /** Nanoseconds of all cores together. */
  cpuNanos: bigint
  /** Bytes. Working set is usage without what could be dropped at once (inactive file pages). */
  memory: {
    usage: bigint
    workingSet: bigint
    rss: bigint
    /** `undefined`: unlimited. */
    limit: bigint | undefined
    pageFaults: bigint
    majorPageFaults: bigint
  }
  swap: { usage: bigint; limit: bigint | undefined }
  processes: number
}

/** Reads and makes cgroups by their path below the hierarchies' mount point. */
export interface Cgroups {
  readonly version: 1 | 2
  /** `undefined` when the cgroup has gone. */
  usage(path: string): CgroupUsage | undefined
  /** How often the kernel killed a process here for want of memory; 0 when the cgroup has gone. */
  oomKills(path: string): number
  /** Makes the cgroup if need be and moves a process into it. */
  place(path: string, pid: number): void
}

/** Beyond this the kernel means 'no limit' (v1 rounds the largest number down to a page). */
const unlimited = 1n << 62n

/** @param mountPoint for tests: a recorded tree */
export function openCgroups(mountPoint = '/sys/fs/cgroup'): Cgroups {
  return existsSync(join(mountPoint, 'cgroup.controllers')) ? cgroupsV2(mountPoint) : cgroupsV1(mountPoint)
}

function cgroupsV1(mountPoint: string): Cgroups {
  const file = (controller: string, path: string, name: string) => join(mountPoint, controller, path, name)
  const limitOf = (path: string, name: string) => {
    const limit = readNumber(file('memory', path, name))
    return limit !== undefined && limit < unlimited ? limit : undefined
  }
  return {
    version: 1,
    usage(path) {
      const cpuNanos = readNumber(file('cpuacct', path, 'cpuacct.usage'))
      const usage = readNumber(file('memory', path, 'memory.usage_in_bytes'))
      if (cpuNanos === undefined && usage === undefined) return undefined
      const stat = readTable(file('memory', path, 'memory.stat'))
      const total = (name: string) => stat.get(`total_${name}`) ?? stat.get(name) ?? 0n
      const both = readNumber(file('memory', path, 'memory.memsw.usage_in_bytes'))
      const limit = limitOf(path, 'memory.limit_in_bytes')
      const bothLimit = limitOf(path, 'memory.memsw.limit_in_bytes')
      return {
        cpuNanos: cpuNanos ?? 0n,
        memory: {
          usage: usage ?? 0n,
          workingSet: atLeastZero((usage ?? 0n) - total('inactive_file')),
          rss: total('rss'),
          limit,
          pageFaults: total('pgfault'),
          majorPageFaults: total('pgmajfault'),
        },
        swap: {
          usage: both === undefined ? total('swap') : atLeastZero(both - (usage ?? 0n)),
          limit: bothLimit === undefined || limit === undefined ? undefined : atLeastZero(bothLimit - limit),
        },
        processes: Number(readNumber(file('pids', path, 'pids.current')) ?? 0n),
      }
    },
    oomKills: path => Number(readTable(file('memory', path, 'memory.oom_control')).get('oom_kill') ?? 0n),
    place(path, pid) {
      for (const controller of ['systemd', 'memory', 'cpu', 'cpuacct', 'pids'])
        if (existsSync(join(mountPoint, controller, 'cgroup.procs'))) moveInto(join(mountPoint, controller, path), pid)
    },
  }
}

function cgroupsV2(mountPoint: string): Cgroups {
  const file = (path: string, name: string) => join(mountPoint, path, name)
  return {
    version: 2,
    usage(path) {
      const cpu = readTable(file(path, 'cpu.stat'))
      if (cpu.size === 0) return undefined
      const stat = readTable(file(path, 'memory.stat'))
      const usage = readNumber(file(path, 'memory.current')) ?? 0n
      return {
        cpuNanos: (cpu.get('usage_usec') ?? 0n) * 1_000n,
        memory: {
          usage,
          workingSet: atLeastZero(usage - (stat.get('inactive_file') ?? 0n)),
          rss: stat.get('anon') ?? 0n,
          limit: readNumber(file(path, 'memory.max')),
          pageFaults: stat.get('pgfault') ?? 0n,
          majorPageFaults: stat.get('pgmajfault') ?? 0n,
        },
        swap: {
          usage: readNumber(file(path, 'memory.swap.current')) ?? 0n,
          limit: readNumber(file(path, 'memory.swap.max')),
        },
        processes: Number(readNumber(file(path, 'pids.current')) ?? 0n),
      }
    },
    oomKills: path => Number(readTable(file(path, 'memory.events')).get('oom_kill') ?? 0n),
    place: (path, pid) => moveInto(join(mountPoint, path), pid),
  }
}

function moveInto(dir: string, pid: number): void {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'cgroup.procs'), String(pid))
}

const atLeastZero = (value: bigint) => (value < 0n ? 0n : value)

/** A file with one number; `undefined` when it is missing or says `max`. */
function readNumber(path: string): bigint | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return /^\d+$/.test(text) ? BigInt(text) : undefined
  } catch {
    return undefined
  }
}

/** A file of lines `name number`. */
function readTable(path: string): Map<string, bigint> {
  try {
    return new Map(
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap(line => {
          const [name, value] = line.split(' ')
          return name && value && /^\d+$/.test(value) ? [[name, BigInt(value)] as const] : []
        }),
    )
  } catch {
    return new Map()
  }
}
