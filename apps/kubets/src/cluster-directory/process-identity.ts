import { access, readFile } from 'node:fs/promises'
import { UsageError } from '@kubets/component/plain'

/** A process that is told from a later one with the same id by its start time. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks since boot, from `/proc/<pid>/stat`; empty where there is no `/proc`. */
  started: string
}

export async function identify(pid: number): Promise<ProcessIdentity> {
  const started = await startTime(pid)
  if (started !== undefined) return { pid, started }
  // already gone: an identity that no later process with this id has
  const proc = await access('/proc/self/stat').then(
    () => true,
    () => false,
  )
  return { pid, started: proc ? 'ended' : '' }
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  if (!signal(process.pid, 0)) return false
  return process.started === '' || (await startTime(process.pid)) === process.started
}

/** Sends SIGTERM, waits for the end, sends SIGKILL after `grace` ms. Rejects when the process belongs to another user. */
export async function endProcess(process: ProcessIdentity, grace: number): Promise<void> {
  if (!(await isAlive(process))) return
  if (!signal(process.pid, 'SIGTERM') && (await isAlive(process)))
    throw new UsageError(
      `process ${process.pid} of this cluster belongs to another user: run kubets as that user, or with sudo`,
    )
  const deadline = Date.now() + grace
  while (await isAlive(process)) {
    if (Date.now() > deadline) signal(process.pid, 'SIGKILL')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** False when there is no such process any more, or it belongs to another user and `name` is not 0. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  // 0 and below would reach process groups, our own first: such a process never started
  if (pid <= 0) return false
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return name === 0
    throw error
  }
}

async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // the name in parentheses may hold spaces: fields are counted from its end; a zombie has ended
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? undefined : fields[19]
}
