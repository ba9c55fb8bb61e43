import type { Client } from '@kubets/client'
import type { CertificateFiles, Clock, Logger } from '@kubets/component'
import type { RunNft } from './nftables/run-nft.ts'

export interface ServiceProxyOptions {
  /** The caller's: it is not closed here. */
  client: Pick<Client, 'list' | 'watch'>
  /** Endpoints on the node of this name are local ones. */
  nodeName: string
  /** The range of pods' addresses, one for each family. Default: unknown, and nothing is masqueraded for where it comes from. */
  clusterCidrs?: readonly string[]
  /** Ranges of the node's addresses at which node ports answer, or `['primary']`: the node's own ones in the API. Default: primary. */
  nodePortAddresses?: readonly string[]
  /** Counts as the node's primary address of its family, whatever the API says. */
  nodeIp?: string
  /** Masquerade whatever goes to a cluster IP. */
  masqueradeAll?: boolean
  /** The bit of the packet mark that asks for masquerading, 0 to 31. Default 14. */
  masqueradeBit?: number
  /** Milliseconds between two transactions: changes in between are applied together. Default 1,000. */
  minSyncPeriod?: number
  /** Milliseconds after which a failed transaction is tried again, at the latest. Default 30,000. */
  syncPeriod?: number
  /** Where `/healthz` and `/livez` are served; port 0 takes a free one. Default: nowhere. */
  health?: { host: string; port: number }
  /** Where `/metrics` and `/proxyMode` are served. Default: nowhere. */
  metrics?: { host: string; port: number }
  nft?: RunNft
  /** Runs conntrack(8) with these arguments. */
  conntrack?: (args: readonly string[]) => Promise<void>
  clock?: Clock
  /** The files of certificates that are followed: their figures stand in `/metrics`. */
  certificateFiles?: CertificateFiles
  logger?: Logger
}
