import type { SecureVersion } from 'node:tls'
import type { Taint } from '@kubets/api-types'
import type { Client } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import type { ImageClient, RuntimeClient } from '@kubets/cri'
import type { KubeletAuth } from './server/access/start-access.ts'

export interface KubeletAgentOptions {
  /** Stays its owner's. */
  client: Client
  /** `connectCri(…)`, or `connectInProcess(createFakeRuntime())`. Stays its owner's. */
  runtime: RuntimeClient & ImageClient
  nodeName: string
  nodeIp: string
  /** Where the server for logs, exec, attach and port-forward listens. Default `0.0.0.0`. */
  address?: string
  /** 0 takes a free port. Default 10250. */
  port?: number
  /** The serving certificate, PEM. Default: one signed by itself. */
  tls?: { cert: string; key: string }
  /** TLS versions and suites that the server speaks, in Node's words. Default: TLS 1.2 and above, Node's suites. */
  tlsSettings?: { minVersion: SecureVersion; ciphers?: string }
  /** PEM of the authorities whose client certificates are believed. Without it none is. */
  clientCa?: string
  /** Who may use the server. */
  auth?: KubeletAuth
  /** Pods' volumes and plugin data. Default `/var/lib/kubelet`. */
  rootDir?: string
  /** Default `/var/log/pods`. */
  podLogsDir?: string
  /** Addresses of this node's pods; written into the Node's spec when it is registered. */
  podCidr?: string
  nodeLabels?: Readonly<Record<string, string>>
  registerWithTaints?: readonly Taint[]
  /** Default true; false waits for someone else to create the Node. */
  registerNode?: boolean
  clusterDns?: readonly string[]
  /** Default `cluster.local`. */
  clusterDomain?: string
  /** Default: the node's resolv.conf. */
  resolvConf?: string
  /** Default 110. */
  maxPods?: number
  /** Milliseconds between looks at the node. Default 10,000. */
  nodeStatusUpdateFrequency?: number
  /** Milliseconds after which an unchanged status is written again. Default 300,000. */
  nodeStatusReportFrequency?: number
  /** Seconds that the node's Lease holds; renewed every quarter. Default 40. */
  nodeLeaseDurationSeconds?: number
  /** Parent of the pods' cgroups, such as `/kubets/ab12/node-1`. Default: none are made, containers get no parent. */
  cgroupRoot?: string
  /** Containers keep this many bytes of log before it is rotated. Default 10 Mi. */
  containerLogMaxSize?: number
  /** Files kept of each container's log. Default 5. */
  containerLogMaxFiles?: number
  /** Held back from pods: `{ cpu: '100m', memory: '200Mi' }`. */
  systemReserved?: Readonly<Record<string, string>>
  /** Milliseconds between relists of a runtime that sends no events. Default 1,000. */
  relistPeriod?: number
  logger?: Logger
  clock?: Clock
}

export interface KubeletSettings
  extends Required<Omit<KubeletAgentOptions, 'tls' | 'tlsSettings' | 'clientCa' | 'podCidr' | 'cgroupRoot'>> {
  tls?: { cert: string; key: string }
  tlsSettings?: { minVersion: SecureVersion; ciphers?: string }
  clientCa?: string
  podCidr?: string
  cgroupRoot?: string
}
