import { access, readdir, readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { clusterId, endProcess, isAlive, type ProcessIdentity } from '../cluster-directory/index.ts'
import { hostLink, rangeReservations, removeClusterNetwork, systemRunDirectory } from '../network/index.ts'
import { emptyCgroup, processesIn, removeEmptyCgroup } from './cgroups.ts'
import { readRunRecord } from './run-record.ts'

/** What is there of a cluster whose folder was deleted by hand. */
export interface LostCluster {
  readonly id: string
  readonly directory: string
  /** Those of its services that live. */
  readonly processes: readonly ProcessIdentity[]
}

/** Ends containers within ms. */
const containerGrace = 3_000
/** A supervisor that still lives ends the whole cluster itself. */
const patience = 60_000

/** The folder's own path as it was when it was there, as far as that can be told now. */
export async function pathOfGone(directory: string): Promise<string> {
  const path = resolve(directory)
  const parent = await realpath(dirname(path)).catch(() => dirname(path))
  return join(parent, basename(path))
}

/** Clusters that have namespaces pinned here, and no folder any more. Nobody but root has any. */
export async function lostClusters(runDirectory = systemRunDirectory): Promise<LostCluster[]> {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return []
  const reserved = new Map(
    (await rangeReservations(join(runDirectory, 'ranges'), runDirectory).holders()).map(one => [one.id, one.directory]),
  )
  const lost: LostCluster[] = []
  for (const id of (await readdir(runDirectory).catch(() => [])).filter(name => /^[0-9a-f]{8}$/.test(name))) {
    const record = await readRunRecord(join(runDirectory, id))
    const directory = record?.directory ?? reserved.get(id) ?? ''
    // a folder that nobody knows is not known to be gone
    if (directory === '' || clusterId(directory) !== id || (await exists(join(directory, 'cluster.json')))) continue
    const alive = await Promise.all(
      Object.values(record?.processes ?? {}).map(async one => ((await isAlive(one)) ? [one] : [])),
    )
    lost.push({ id, directory, processes: alive.flat() })
  }
  return lost
}

/** Whether it runs in any way: its services, or containers that outlived them. */
export async function isRunning({ id, processes }: LostCluster): Promise<boolean> {
  return processes.length > 0 || (await processesIn(`/kubets/${id}`)).length > 0
}

/** Ends and removes all that is there of it, and says what that was. */
export async function clearLostCluster(cluster: LostCluster): Promise<string> {
  const { id, processes } = cluster
  const runDirectory = join(systemRunDirectory, id)
  const contained = (await processesIn(`/kubets/${id}`)).length
  const mounts = await mountsBelow(runDirectory)
  // a supervisor comes first in its record: what it ends by itself it does not start again
  for (const one of processes) await endProcess(one, patience)
  await emptyCgroup(`/kubets/${id}`, containerGrace)
  await removeEmptyCgroup('/kubets')
  await removeClusterNetwork({ id, hostLink: hostLink(id), runDirectory })
  await rangeReservations().release(id)
  const parts = [
    counted(processes.length + contained, 'process', 'processes'),
    counted(mounts, 'mount', 'mounts'),
    'its network',
  ]
  return parts.filter(part => part !== '').join(', ')
}

async function mountsBelow(path: string): Promise<number> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  return lines.filter(line => {
    const point = line.split(' ')[4]
    return point === path || point?.startsWith(`${path}/`)
  }).length
}

const counted = (count: number, one: string, many: string) =>
  count === 0 ? '' : `${count} ${count === 1 ? one : many}`

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
