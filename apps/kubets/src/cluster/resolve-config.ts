import { createServer } from 'node:net'
import { type FlagValues, UsageError } from '@kubets/component/plain'
import { type ClusterConfig, type ClusterDirectory, clusterId } from '../cluster-directory/index.ts'
import type { upFlags } from '../commands/up-flags.ts'
import {
  type AddressRanges,
  chooseRanges,
  chooseRunDirectory,
  hostLink,
  parseCidr,
  rangeReservations,
  systemRunDirectory,
  usedRanges,
} from '../network/index.ts'
import { endLeftovers } from './leftovers.ts'
import { missingTools } from './required-tools.ts'

type UpFlags = FlagValues<typeof upFlags>

/** A /24 of nodes has room for so many, after the host and a reserve. */
const mostNodes = 200

/** What the cluster is to be: as it was made, or, for a new one, from the flags and what this machine has free. */
export async function resolveConfig(
  directory: ClusterDirectory,
  flags: UpFlags,
  given: ReadonlySet<string>,
  note: (text: string) => void,
): Promise<ClusterConfig> {
  if (flags.nodes < 0 || flags.nodes > mostNodes) throw new UsageError(`--nodes must be 0 to ${mostNodes}`)
  if (flags.port < 1 || flags.port > 65_000) throw new UsageError('--port must be 1 to 65000')
  if (flags['etcd-servers'].length > 0 && flags.storage !== 'etcd')
    throw new UsageError('--etcd-servers needs --storage etcd')
  const config = directory.config
    ? await resume(directory, directory.config, flags, given)
    : await create(directory, flags, given, note)
  const missing = await missingTools(config)
  if (missing.length > 0)
    throw new UsageError(
      `this machine lacks ${missing.map(m => m.tool).join(', ')}: run 'apt-get install ${[...new Set(missing.map(m => m.package))].join(' ')}', or use --runtime fake`,
    )
  await directory.save(config)
  return config
}

async function create(
  directory: ClusterDirectory,
  flags: UpFlags,
  given: ReadonlySet<string>,
  note: (text: string) => void,
): Promise<ClusterConfig> {
  const able = process.platform === 'linux' && process.getuid?.() === 0
  if (flags.runtime === 'oci' && !able)
    throw new UsageError('--runtime oci makes real containers, which needs Linux and root: use sudo, or --runtime fake')
  const runtime = flags.runtime === 'auto' ? (able ? 'oci' : 'fake') : flags.runtime === 'oci' ? 'oci' : 'fake'
  if (flags.runtime === 'auto' && !able)
    note(
      `${process.platform === 'linux' ? 'not running as root' : `this is ${process.platform}, not Linux`}: pods run on the fake runtime, which starts no processes`,
    )
  const wanted = {
    ...(flags['node-cidr'] === undefined ? {} : { nodes: flags['node-cidr'] }),
    ...(flags['pod-cidr'] === undefined ? {} : { pods: flags['pod-cidr'] }),
    ...(flags['service-cidr'] === undefined ? {} : { services: flags['service-cidr'] }),
  }
  try {
    Object.values(wanted).map(parseCidr)
    return {
      version: 1,
      id: clusterId(directory.path),
      runtime,
      storage: flags.storage === 'etcd' ? 'etcd' : 'embedded',
      etcdServers: [...flags['etcd-servers']],
      ...(given.has('runtime-config') ? { runtimeConfig: [...flags['runtime-config']] } : {}),
      port: await choosePort(
        flags.port,
        given.has('port'),
        flags.storage === 'etcd' && flags['etcd-servers'].length === 0,
      ),
      ranges: runtime === 'oci' ? await takeRanges(directory, wanted, await reachable()) : chooseRanges(wanted, []),
      nodes: nodeNames(flags.nodes),
      runDirectory: await runDirectoryOf(runtime, clusterId(directory.path)),
    }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message, { cause: error })
  }
}

/** Chooses and reserves in one: what other clusters hold counts as used, also while they are down or just starting. */
async function takeRanges(
  { path }: ClusterDirectory,
  wanted: Partial<AddressRanges>,
  used: readonly string[],
): Promise<AddressRanges> {
  const self = { id: clusterId(path), directory: path }
  const reservations = rangeReservations()
  for (;;) {
    const ranges = chooseRanges(wanted, [...used, ...(await reservations.heldByOthers(self.id))])
    // somebody who started at the same instant was faster: the next ones
    if ((await reservations.reserve(self, ranges)).taken === undefined) return ranges
  }
}

/** As {@link usedRanges}; nothing on a machine without `ip`, which the list of missing tools names. */
const reachable = (ownLink?: string) => usedRanges(ownLink).catch((): string[] => [])

const runDirectoryOf = (runtime: ClusterConfig['runtime'], id: string) =>
  // namespaces outlive services: they are looked for at the one place
  runtime === 'oci' ? Promise.resolve(`${systemRunDirectory}/${id}`) : chooseRunDirectory(id)

async function resume(
  directory: ClusterDirectory,
  config: ClusterConfig,
  flags: UpFlags,
  given: ReadonlySet<string>,
): Promise<ClusterConfig> {
  if (config.runtime === 'oci' && process.getuid?.() !== 0)
    throw new UsageError('this cluster was made by root and runs real containers: use sudo, or another --dir')
  const fixed: [string, unknown, unknown][] = [
    ['runtime', flags.runtime === 'auto' ? config.runtime : flags.runtime, config.runtime],
    ['storage', flags.storage, config.storage],
    ['etcd-servers', flags['etcd-servers'].join(','), config.etcdServers.join(',')],
    ['node-cidr', flags['node-cidr'], config.ranges.nodes],
    ['pod-cidr', flags['pod-cidr'], config.ranges.pods],
    ['service-cidr', flags['service-cidr'], config.ranges.services],
  ]
  for (const [name, now, before] of fixed)
    if (given.has(name) && now !== before)
      throw new UsageError(
        `this cluster was made with --${name} ${String(before)}, which cannot change: leave the flag out, use another --dir, or 'kubets reset' first`,
      )
  if (given.has('nodes') && flags.nodes < config.nodes.length)
    throw new UsageError(
      `this cluster has ${config.nodes.length} nodes; nodes can be added but not taken away: use 'kubets reset' to start anew`,
    )
  const nodes = given.has('nodes') ? nodeNames(flags.nodes) : config.nodes
  // also without nodes: some may be added later
  if (config.runtime === 'oci') {
    const used = await reachable(hostLink(config.id))
    try {
      await takeRanges(directory, config.ranges, used)
    } catch (cause) {
      throw new UsageError(
        `${(cause as Error).message.replace(/: choose another with .*/, '')}: another cluster took it while this one was down. 'kubets reset' that one first, or this one`,
        { cause },
      )
    }
  }
  const port = given.has('port') ? flags.port : config.port
  // services of a supervisor that was killed still have the port
  await endLeftovers(directory)
  await choosePort(port, true, config.storage === 'etcd' && config.etcdServers.length === 0)
  return {
    ...config,
    port,
    nodes,
    ...(given.has('runtime-config') ? { runtimeConfig: [...flags['runtime-config']] } : {}),
    runDirectory: await runDirectoryOf(config.runtime, config.id),
  }
}

const nodeNames = (count: number) => Array.from({ length: count }, (_, i) => `node-${i + 1}`)

/**
 * The port itself when it is free; else the next free one, unless the user asked for this very one. An etcd of the cluster's
 * own takes the two above it.
 */
async function choosePort(port: number, fixed: boolean, withEtcd: boolean): Promise<number> {
  for (let candidate = port; candidate < port + 300; candidate += 10) {
    const needed = withEtcd ? [candidate, candidate + 1, candidate + 2] : [candidate]
    const free = await Promise.all(needed.map(isFree))
    const busy = needed.find((_, i) => !free[i])
    if (busy === undefined) return candidate
    if (fixed)
      throw new UsageError(
        `port ${busy} is in use by another program: choose a free one with --port, or find it with 'ss -ltnp sport = :${busy}'`,
      )
  }
  throw new UsageError(`no free port from ${port} on: name one with --port`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
  })
}
