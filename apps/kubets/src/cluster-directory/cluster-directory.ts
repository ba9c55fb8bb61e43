import { createHash } from 'node:crypto'
import { link, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { UsageError } from '@kubets/component/plain'
import { type ClusterConfig, parseClusterConfig } from './cluster-config.ts'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'

/**
 * The one folder that holds a cluster's state:
 *
 * ```
 * cluster.json      what the cluster is          kubeconfig        the admin's way in
 * processes.json    who runs it right now        pki/  store/  logs/  nodes/<name>/  images/
 * ```
 */
export interface ClusterDirectory {
  readonly path: string
  /** Undefined before the first `up`. */
  readonly config: ClusterConfig | undefined
  file(...parts: string[]): string
  save(config: ClusterConfig): Promise<void>
  /** The processes recorded last, by name, whether or not they still live. */
  processes(): Promise<Record<string, ProcessIdentity>>
  record(processes: Record<string, ProcessIdentity>): Promise<void>
  /** The supervisor, if one is alive. */
  supervisor(): Promise<ProcessIdentity | undefined>
}

/** What a first `up` may leave that ended before it chose what the cluster is. */
const ofInterruptedStart = ['logs', 'processes.json', 'processes.json.new', 'cluster.json.new', 'up.lock']

export async function openClusterDirectory(directory: string, options: { create: boolean }): Promise<ClusterDirectory> {
  const wanted = resolve(directory)
  if (options.create) await mkdir(wanted, { recursive: true })
  const path = await realpath(wanted).catch(() => {
    throw new UsageError(
      `there is no cluster in ${directory}: run 'kubets up${directory === '.kubets' ? '' : ` --dir ${directory}`}' to make one`,
    )
  })
  const text = await readIfThere(join(path, 'cluster.json'))
  if (text === undefined) {
    const strangers = (await readdir(path)).filter(name => !ofInterruptedStart.includes(name))
    if (!options.create)
      throw new UsageError(`there is no cluster in ${directory}: run 'kubets up --dir ${directory}' to make one`)
    if (strangers.length > 0)
      throw new UsageError(
        `${directory} holds other files (${strangers.slice(0, 3).join(', ')}) and no cluster: choose an empty or new directory with --dir`,
      )
  }
  const processes = async (): Promise<Record<string, ProcessIdentity>> => {
    const recorded = await readIfThere(join(path, 'processes.json'))
    try {
      return recorded === undefined ? {} : (JSON.parse(recorded) as Record<string, ProcessIdentity>)
    } catch (cause) {
      throw new UsageError(
        `${join(directory, 'processes.json')} is damaged: remove that file, end leftover processes by hand, and try again`,
        { cause },
      )
    }
  }
  return {
    path,
    config: text === undefined ? undefined : read(text, directory),
    file: (...parts) => join(path, ...parts),
    save: config => writeJson(join(path, 'cluster.json'), config),
    processes,
    record: recorded => writeJson(join(path, 'processes.json'), recorded),
    async supervisor() {
      const recorded = (await processes()).supervisor
      return recorded && (await isAlive(recorded)) ? recorded : undefined
    },
  }
}

/** The id of the cluster in a directory: stable, so that a second `up` finds its namespaces and cgroups again. */
export function clusterId(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 8)
}

/** Deletes the state. Refuses a folder that is not a cluster's. */
export async function removeClusterDirectory(directory: ClusterDirectory): Promise<void> {
  await rm(directory.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** Takes the folder for this process, or says who has it. Of two that come at once, one gets it. */
export async function claim(directory: ClusterDirectory): Promise<void> {
  const self = await identify(process.pid)
  const lock = directory.file('up.lock')
  const mine = `${lock}.${process.pid}`
  await writeFile(mine, JSON.stringify(self))
  try {
    for (;;) {
      // a link is made whole or not at all: nobody ever reads half a lock
      const taken = await link(mine, lock).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false
          throw error
        },
      )
      if (taken) break
      const holder = await lockHolder(lock)
      if (holder && holder.pid !== process.pid && (await isAlive(holder))) throw alreadyUp(holder)
      await rm(lock, { force: true })
    }
  } finally {
    await rm(mine, { force: true })
  }
  const other = await directory.supervisor()
  if (other && other.pid !== process.pid) throw alreadyUp(other)
  await directory.record({ ...(await directory.processes()), supervisor: self })
}

const alreadyUp = (other: ProcessIdentity) =>
  new UsageError(`this cluster is already up (process ${other.pid}): see 'kubets status', or 'kubets down' first`)

async function lockHolder(lock: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse((await readIfThere(lock)) ?? '') as ProcessIdentity
  } catch {
    return undefined
  }
}

function read(text: string, directory: string): ClusterConfig {
  try {
    return parseClusterConfig(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(
      `the state directory ${directory} cannot be read: cluster.json is damaged (${why}). Restore that file, or run 'kubets reset --dir ${directory}' to delete the cluster and start anew`,
      { cause },
    )
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`)
  await rename(`${path}.new`, path)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
