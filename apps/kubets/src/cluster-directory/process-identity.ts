import { readFile } from 'node:fs/promises'

/** A process that is told from a later one with the same id by its start time. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks since boot, from `/proc/<pid>/stat`; empty where there is no `/proc`. */
  started: string
}

export async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, started: (await startTime(pid)) ?? '' }
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  if (!signal(process.pid, 0)) return false
  return process.started === '' || (await startTime(process.pid)) === process.started
}

/** Sends SIGTERM, waits for the end, sends SIGKILL after `grace` ms. */
export async function endProcess(process: ProcessIdentity, grace: number): Promise<void> {
  if (!(await isAlive(process))) return
  signal(process.pid, 'SIGTERM')
  const deadline = Date.now() + grace
  while (await isAlive(process)) {
    if (Date.now() > deadline) signal(process.pid, 'SIGKILL')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** False when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return true
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
