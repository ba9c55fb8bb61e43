import { createServer } from 'node:net'
import { getuid, platform } from 'node:process'
import { type FlagValues, UsageError } from '@kubets/component'
import { type ClusterConfig, type ClusterDirectory, clusterId } from '../cluster-directory/index.ts'
import type { upFlags } from '../commands/up-flags.ts'
import { chooseRanges, parseCidr, usedRanges } from '../network/index.ts'
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
    ? await resume(directory.config, flags, given)
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
  const able = platform === 'linux' && getuid?.() === 0
  if (flags.runtime === 'oci' && !able)
    throw new UsageError('--runtime oci makes real containers, which needs Linux and root: use sudo, or --runtime fake')
  const runtime = flags.runtime === 'auto' ? (able ? 'oci' : 'fake') : flags.runtime === 'oci' ? 'oci' : 'fake'
  if (flags.runtime === 'auto' && !able)
    note(
      `${platform === 'linux' ? 'not running as root' : `this is ${platform}, not Linux`}: pods run on the fake runtime, which starts no processes`,
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
      port: await choosePort(flags.port, given.has('port')),
      ranges: chooseRanges(wanted, runtime === 'oci' && flags.nodes > 0 ? await usedRanges() : []),
      nodes: nodeNames(flags.nodes),
    }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message, { cause: error })
  }
}

async function resume(config: ClusterConfig, flags: UpFlags, given: ReadonlySet<string>): Promise<ClusterConfig> {
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
  const port = given.has('port') ? flags.port : config.port
  await choosePort(port, true)
  return { ...config, port, nodes: given.has('nodes') ? nodeNames(flags.nodes) : config.nodes }
}

const nodeNames = (count: number) => Array.from({ length: count }, (_, i) => `node-${i + 1}`)

/** The port itself when it is free; else the next free one, unless the user asked for this very one. */
async function choosePort(port: number, fixed: boolean): Promise<number> {
  for (let candidate = port; candidate < port + 300; candidate += 10) {
    if (await isFree(candidate)) return candidate
    if (fixed)
      throw new UsageError(
        `port ${port} is in use by another program: choose a free one with --port, or find it with 'ss -ltnp sport = :${port}'`,
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
