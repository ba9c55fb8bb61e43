import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterConfig } from '../cluster-directory/index.ts'

const nodeTools = [
  { tool: 'runc', package: 'runc' },
  { tool: 'conmon', package: 'conmon' },
  { tool: 'ip', package: 'iproute2' },
  { tool: 'nft', package: 'nftables' },
  { tool: 'conntrack', package: 'conntrack' },
  { tool: 'nsenter', package: 'util-linux' },
  { tool: 'catatonit', package: 'catatonit' },
]

/** The programs that this cluster needs and the machine lacks, with Debian's package for each. */
export async function missingTools(config: ClusterConfig): Promise<{ tool: string; package: string }[]> {
  const needed = [
    ...(config.runtime === 'oci' && config.nodes.length > 0 ? nodeTools : []),
    ...(config.storage === 'etcd' && config.etcdServers.length === 0 ? [{ tool: 'etcd', package: 'etcd-server' }] : []),
  ]
  const found = await Promise.all(needed.map(({ tool }) => toolOnPath(tool)))
  const missing = needed.filter((_, i) => found[i] === undefined)
  if (
    config.runtime === 'oci' &&
    config.nodes.length > 0 &&
    (await firstOf(['/opt/cni/bin/ptp', '/usr/lib/cni/ptp', '/usr/libexec/cni/ptp'])) === undefined
  )
    missing.push({ tool: 'CNI plugins', package: 'containernetworking-plugins' })
  return missing
}

/** Debian keeps some of these in sbin, which is not on every user's path. */
const folders = () => [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/libexec/podman']

/** The program that runs under this name; undefined when there is none. */
export const toolOnPath = (tool: string) => firstOf(folders().map(folder => join(folder, tool)))

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  const found = await Promise.all(
    paths.map(path =>
      access(path, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  )
  return paths.find((_, i) => found[i])
}
