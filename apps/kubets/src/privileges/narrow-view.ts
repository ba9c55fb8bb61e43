import { spawn } from 'node:child_process'
import { lstat, open, realpath } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { serviceGroup } from './service-users.ts'
import { tryOut } from './try-out.ts'

/** A mount namespace of the control plane, held by this process. */
export interface NarrowView extends AsyncDisposable {
  /** The command prefix that runs something in it. */
  readonly enter: readonly string[]
}

/** A folder that lets nobody in, and what services need of it. */
export interface Cover {
  readonly folder: string
  readonly shown: readonly string[]
}

/**
 * Homes let only their owner in, and programs and clusters lie there often enough. In a mount namespace of their own services see an empty folder
 * in such a one's place, with those folders in it that they need, and nothing else of it. Undefined where no such folder is in the way. `check` is
 * a command that runs in the view, or in the open. @throws Error in its words where it fails
 */
export async function narrowView(needed: readonly string[], check: readonly string[]): Promise<NarrowView | undefined> {
  const covers = await coversFor(needed)
  if (covers.length === 0) return void (await tryOut(check))
  const child = spawn('unshare', ['--mount', '--propagation=slave', 'sh', '-eu', '-c', await script(covers, check)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C in the terminal reaches kubets alone
    detached: true,
  })
  let said = ''
  child.stderr.on('data', chunk => (said += chunk))
  child.stdin.on('error', () => undefined)
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  const ready = new Promise<void>(resolve => child.stdout.once('data', () => resolve()))
  await Promise.race([ready, ended.then(() => Promise.reject(new Error(said.trim() || 'unshare failed')))])
  // an open descriptor holds the namespace as well as a process does
  const namespace = await open(`/proc/${child.pid}/ns/mnt`)
  child.stdin.end()
  await ended
  return {
    enter: ['nsenter', `--mount=/proc/${process.pid}/fd/${namespace.fd}`, '--'],
    [Symbol.asyncDispose]: () => namespace.close(),
  }
}

export async function coversFor(needed: readonly string[]): Promise<Cover[]> {
  const covers = new Map<string, string[]>()
  for (const path of needed) {
    const real = await realpath(path)
    const folder = await outermostClosed(real)
    if (folder !== undefined) covers.set(folder, [...(covers.get(folder) ?? []), real])
  }
  return [...covers].map(([folder, paths]) => ({
    folder,
    shown: [...new Set(paths)].filter(path => !paths.some(other => path.startsWith(other + sep))),
  }))
}

/** Of the folders above a path. */
async function outermostClosed(path: string): Promise<string | undefined> {
  let closed: string | undefined
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, gid } = await lstat(folder)
    if ((mode & 0o001) === 0 && !(gid === serviceGroup && (mode & 0o010) !== 0)) closed = folder
    if (folder === dirname(folder)) return closed
  }
}

/**
 * What a program needs around it: the outermost folder that has `node_modules`, below the folder that lets nobody in. Undefined where none is in
 * the way.
 */
export async function programFolder(program: string): Promise<string | undefined> {
  const closed = await outermostClosed(program)
  if (closed === undefined) return undefined
  let found: string | undefined
  let folder = dirname(program)
  for (; dirname(folder) !== closed; folder = dirname(folder)) if (await hasModules(folder)) found = folder
  return (await hasModules(folder)) ? folder : (found ?? folder)
}

const hasModules = (folder: string) =>
  lstat(join(folder, 'node_modules')).then(
    () => true,
    () => false,
  )

/** Says a line once all is mounted, and waits for the end of its input. What is shown is named from inside of the folder that gets covered. */
async function script(covers: readonly Cover[], check: readonly string[]): Promise<string> {
  const lines: string[] = ['umask 022']
  for (const { folder, shown } of covers) {
    lines.push(`cd ${quote(folder)}`, `mount -t tmpfs -o mode=0711,size=1m kubets ${quote(folder)}`)
    for (const path of shown) {
      const place = (await lstat(path)).isDirectory()
        ? `mkdir -p ${quote(path)}`
        : `mkdir -p ${quote(dirname(path))}; : > ${quote(path)}`
      lines.push(place, `mount --no-canonicalize --rbind ${quote(`./${relative(folder, path)}`)} ${quote(path)}`)
    }
  }
  return [...lines, 'cd /', check.map(quote).join(' '), 'echo ready', 'read -r _ || true'].join('\n')
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
