import type { AddressRanges } from '../network/address-ranges.ts'

/** What a cluster is: chosen at the first `up`, kept in `cluster.json`, used by every later one. */
export interface ClusterConfig {
  /** Format of this file. */
  version: 1
  /** Eight hex digits made from the directory's path: names of links, cgroups and sockets carry it. */
  id: string
  runtime: 'oci' | 'fake'
  storage: 'embedded' | 'etcd'
  /** Only with storage `etcd`; empty means that the cluster runs an etcd of its own. */
  etcdServers: string[]
  /** Port of the api-server. */
  port: number
  ranges: AddressRanges
  nodes: string[]
  /** `--runtime-config` of the api-server; absent: its default. */
  runtimeConfig?: string[]
  /** Where sockets live, chosen at each `up`; absent in files of before that choice: `/run/kubets/<id>`. */
  runDirectory?: string
}

export const configVersion = 1

/** Reads `cluster.json`'s text; the message says what is wrong with it. */
export function parseClusterConfig(text: string): ClusterConfig {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('version' in value)) throw new Error('it has no version')
  if (value.version !== configVersion)
    throw new Error(
      `it has format ${String(value.version)} and this kubets reads format ${configVersion}: use the kubets that made it`,
    )
  const config = value as ClusterConfig
  const complete =
    typeof config.id === 'string' &&
    Array.isArray(config.nodes) &&
    Number.isInteger(config.port) &&
    typeof config.ranges?.nodes === 'string' &&
    ['oci', 'fake'].includes(config.runtime) &&
    ['embedded', 'etcd'].includes(config.storage)
  if (!complete) throw new Error('fields are missing or have the wrong type')
  return config
}
