import type { Catalogue } from '@kubets/api-types'
import type { CertificateFiles, Clock, Followed, Logger, NamedPair, TlsVersion } from '@kubets/component'
import type { KeyPair } from '@kubets/pki'
import type { KeyValueStore } from '@kubets/storage'
import type { AdmissionConfiguration } from './admission/configuration/contract.ts'
import type { PluginChoice } from './admission/plugin-names.ts'
import type { AuditOptions } from './audit/start-audit.ts'
import type { AuthenticationOptions } from './authentication/options.ts'
import type { StartAuthorizationOptions } from './authorization/start-authorization.ts'
import type { EndpointReconcilerType } from './bootstrap/endpoint-reconciler/index.ts'
import type { KubeletClientOptions } from './proxy/kubelet.ts'
import type { StorageMediaType } from './resources/stored-forms.ts'
import type { ServiceAccountOptions } from './service-accounts/options.ts'
import type { ServingLimits } from './serving/request-flags.ts'

export interface ApiServerOptions {
  /** Default `0.0.0.0`. */
  bindAddress?: string
  /** 0 takes a free port. */
  port: number
  /** The address that clients and the `kubernetes` Service's endpoints name. Default: the bind address, or 127.0.0.1 where that is a wildcard. */
  advertiseAddress?: string
  /** The serving certificate, PEM. Versions are Node's (`TLSv1.2`, the default), ciphers OpenSSL's names with colons between. */
  tls: (KeyPair | { pair: Followed<KeyPair> }) & {
    /** Further certificates, for clients that ask for other names. */
    named?: readonly NamedPair[]
    minVersion?: TlsVersion
    ciphers?: string
  }
  /** PEM of the authorities whose client certificates are believed. Default: nobody has one. */
  clientCa?: string | Followed<string>
  /** The files of certificates that are followed: their figures stand in `/metrics`. */
  certificateFiles?: CertificateFiles
  /** Front proxies, bootstrap tokens, anonymous requests. */
  authentication?: AuthenticationOptions
  /** Contents of a static token file. Default: no tokens. */
  tokens?: string
  /** Default: tokens of service accounts are neither made nor believed. */
  serviceAccounts?: ServiceAccountOptions
  /** Who may do what: modes in the order in which they are asked, or all that can be configured. Default `['AlwaysAllow']`, for authenticated users. */
  authorization?: StartAuthorizationOptions['options']
  /** Which admission plugins run besides, or not of, those that are on by default. Without a controller manager nobody makes service accounts: disable `ServiceAccount`. */
  admissionPlugins?: PluginChoice
  /** What those plugins are told beside the API. */
  admissionConfiguration?: AdmissionConfiguration
  /** What is recorded of requests. Default: nothing. */
  audit?: AuditOptions
  /** Closed by its owner, not by the server. */
  store: KeyValueStore
  /** What objects are written in: `application/json`, the default, or `application/vnd.kubernetes.protobuf`. Both are read. */
  storageMediaType?: StorageMediaType
  /** How values are encrypted in the store. Default: they are written as they are. */
  encryption?: {
    /** `--encryption-provider-config` */
    file: string
    /** `--encryption-provider-config-automatic-reload` */
    reload?: boolean
    /** How often the file is looked at, ms. Default 10 seconds. */
    pollInterval?: number
  }
  /** How the server shows itself to kubelets (PEM), read for every connection. Without it logs, exec, attach and port-forward are refused. */
  kubeletClient?: KubeletClientOptions
  /** How the server shows itself to aggregated API servers (PEM), read for every connection: `--proxy-client-cert-file`, `--proxy-client-key-file`. */
  proxyClient?: { cert: string; key: string }
  /** Whether containers may be privileged (`--allow-privileged`). Default false. */
  allowPrivileged?: boolean
  /** One block, or one of each family with a comma between; the first one's family is the default. Default 10.96.0.0/16. */
  serviceClusterIpRange?: string
  /** Inclusive, `30000-32767` by default. */
  serviceNodePortRange?: string
  /** How the endpoints of the Service `kubernetes` follow the api-servers. Default lease. */
  endpointReconcilerType?: EndpointReconcilerType
  /** How many api-servers there are, for the reconciler `master-count`. Default 1. */
  apiserverCount?: number
  /** How long the health check `etcd` and the readiness check `etcd-readiness` wait for the store, ms. Default 2 s. */
  healthcheckTimeout?: number
  readycheckTimeout?: number
  /** An Event's lease is shared by those of so many seconds, and at most a twentieth of their life. Default 60. */
  leaseReuseDuration?: number
  /** Life of Events, ms. Default one hour. */
  eventTtl?: number
  /** Bytes of plain protobuf lists kept at most, until nobody has asked for them for a minute. Default 192 MiB. */
  keptListBytes?: number
  /** A watch lives this long to twice as long, ms. Default 30 minutes. */
  minRequestTimeout?: number
  /** What connections and requests may take. */
  limits?: ServingLimits
  /** Told to browsers with every answer: `max-age=31536000`, `includeSubDomains`, `preload`. Default: nothing. */
  strictTransportSecurity?: readonly string[]
  /** Which APIs are on (`--runtime-config`): `['api/beta=true', 'apps/v1=false']`. Default: those with neither alpha nor beta in their version. */
  runtimeConfig?: readonly string[]
  /** The kinds that may be served. Default: the built-in ones. */
  catalogue?: Catalogue
  /** History older than this is forgotten, ms (`--etcd-compaction-interval`). Default 5 minutes; 0 keeps all of it. */
  compactionInterval?: number
  /**
   * Where the process is this server's own: sets one of V8's flags. Collections hold the loop less then while clients come back by the thousand. Default: V8 is left as it is, which
   * is everybody's in the process.
   */
  setV8Flag?(flag: string): void
  logger?: Logger
  clock?: Clock
}
