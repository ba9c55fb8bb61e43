import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { identify, isAlive, type ProcessIdentity } from '../../apps/kubets/src/cluster-directory/process-identity.ts'

const run = promisify(execFile)
const prefix = 'kubets-power-cut-'
/** The name tells whose it is from the first instant: a run may be killed at any. */
const named = new RegExp(`^${prefix}(\\d+)-(\\d+)-\\w{6}$`)

/** A folder of this process for its disks. */
export async function ownFolder(owner?: ProcessIdentity): Promise<string> {
  const { pid, started } = owner ?? (await identify(process.pid))
  return mkdtemp(join(tmpdir(), `${prefix}${pid}-${started}-`))
}

/** Unmounts and removes what runs have left that were killed: folders whose process is no more. Resolves with their paths. */
export async function clearLeft(): Promise<string[]> {
  const cleared: string[] = []
  for (const name of await readdir(tmpdir())) {
    const [, pid, started] = named.exec(name) ?? []
    if (pid === undefined || started === undefined) continue
    if (await isAlive({ pid: Number(pid), started })) continue
    const folder = join(tmpdir(), name)
    // the last one lies on those before
    for (const path of (await mountsBelow(folder)).reverse()) await unmount(path)
    await rm(folder, { recursive: true, force: true })
    cleared.push(folder)
  }
  return cleared
}

/** The loop device below was made by mount and goes with it. */
export async function unmount(path: string): Promise<void> {
  // a writer that was just killed may hold it for a moment
  for (let attempt = 1; ; attempt++) {
    const failure = await run('umount', [path]).then(
      () => undefined,
      (error: Error) => error,
    )
    if (!failure) return
    // another run may clear the same
    if (!(await mountsBelow(path)).includes(path)) return
    // a mount namespace that somebody made meanwhile has a copy of what lies on it: it goes with that
    if (attempt === 50) return void (await run('umount', ['-l', path]))
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

/** Mount points at and below a path, in the order in which they were mounted. */
export async function mountsBelow(path: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const points = lines.map(line => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '))
  return points.filter(point => point === path || point.startsWith(`${path}/`))
}
