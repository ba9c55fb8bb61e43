import type { Toleration } from '@kubets/api-types'
import type { ScopeRequirement } from '@kubets/quota'
import type { PodSecurityConfiguration } from '../plugins/pod-security/configuration.ts'

/** `--admission-control-config-file`: what plugins are told beside the API. A plugin without a part has its defaults. */
export interface AdmissionConfiguration {
  readonly podSecurity?: PodSecurityConfiguration
  readonly eventRateLimits?: readonly EventRateLimit[]
  /** Node selectors by namespace, as text; that of `clusterDefaultNodeSelector` is for namespaces without one. */
  readonly podNodeSelectors?: Readonly<Record<string, string>>
  readonly podTolerations?: PodTolerations
  readonly limitedResources?: readonly LimitedResource[]
  readonly imagePolicy?: ImagePolicy
  /** Of flags of its own: how long pods stay on nodes in trouble. Default 300 each. */
  readonly tolerationSeconds?: DefaultTolerationSeconds
}

/** What nobody may use without a quota that counts it. */
export interface LimitedResource {
  readonly group: string
  readonly resource: string
  /** Parts of the names of what is used: `.storageclass.storage.k8s.io/requests.storage`. */
  readonly matchContains: readonly string[]
  /** Objects of such a scope need a quota of that scope. */
  readonly matchScopes: readonly ScopeRequirement[]
}

export const limitTypes = ['Server', 'Namespace', 'User', 'SourceAndObject'] as const

/** How many Events are let in. */
export interface EventRateLimit {
  /** Who shares a bucket. */
  readonly type: (typeof limitTypes)[number]
  /** So many a second. */
  readonly qps: number
  /** So many at once. */
  readonly burst: number
  /** Buckets kept; the one that was used longest ago begins anew. */
  readonly cacheSize: number
}

export interface PodTolerations {
  /** What pods get whose namespace says nothing. */
  readonly default: readonly Toleration[]
  /** What such pods may tolerate; empty: everything. */
  readonly whitelist: readonly Toleration[]
}

/** Who is asked about images. Times in milliseconds; 0 keeps nothing, or waits for nothing. */
export interface ImagePolicy {
  readonly kubeConfigFile: string
  /** How long a yes is kept, and a no. */
  readonly allowTtl: number
  readonly denyTtl: number
  /** Before the second try; half as long again before each further one. */
  readonly retryBackoff: number
  /** What happens when nobody answers. */
  readonly defaultAllow: boolean
}

export interface DefaultTolerationSeconds {
  readonly notReady: number
  readonly unreachable: number
}
