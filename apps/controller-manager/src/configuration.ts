import type { Followed, LeaderElectionSettings } from '@kubets/component'
import type { MonitorSettings } from './controllers/node-lifecycle/monitor.ts'

/** How the controller manager is set, with upstream's defaults. Times in milliseconds. */
export interface ControllerManagerConfiguration {
  /** As `--controllers`: `*` is all that are on by default, `name` switches on, `-name` off. */
  controllers: readonly string[]
  leaderElection: LeaderElectionSettings
  /** How many keys each controller works on at once. */
  concurrency: Concurrency
  /** PEM text that every namespace gets as ConfigMap kube-root-ca.crt. Without one that controller does not run. */
  rootCa?: string | Followed<string>
  /** Where each signer of CertificateSigningRequests has its authority; one without does not sign. */
  signers: Signers
  /** No certificate is signed for longer. */
  signingDuration: number
  enableGarbageCollector: boolean
  /** Namespaces being deleted are looked at again this often. */
  namespaceSyncPeriod: number
  /**
   * Between a namespace's deletion and the first look at its content: other api-servers may let the last objects in
   * that long. 0 is right where there is one api-server.
   */
  namespaceDeletionGracePeriod: number
  /** Every quota is counted anew this often. */
  resourceQuotaSyncPeriod: number
  /** What kinds the server has is asked this often. */
  discoveryPeriod: number
  nodes: NodeSettings
  /** Ended pods beyond this many are deleted, the oldest first; 0: none are. */
  terminatedPodGcThreshold: number
  /** Pods that nobody else deletes are looked for this often. */
  podGcPeriod: number
  /** A node may be unknown this long before the server is asked whether it is gone. */
  podGcQuarantine: number
}

/** When a node counts as lost, and how fast pods leave lost ones. Times in milliseconds. */
export interface NodeSettings extends MonitorSettings {
  /** All nodes are looked at this often. */
  monitorPeriod: number
}

export type SignerName =
  `kubernetes.io/${'kubelet-serving' | 'kube-apiserver-client-kubelet' | 'kube-apiserver-client' | 'legacy-unknown'}`

/** Paths of PEM files. */
export interface SignerFiles {
  readonly cert: string
  readonly key: string
}

export type Signers = { readonly [name in SignerName]?: SignerFiles }

export interface Concurrency {
  daemonSet: number
  deployment: number
  job: number
  cronJob: number
  statefulSet: number
  ttlAfterFinished: number
  validatingAdmissionPolicyStatus: number
  replicaSet: number
  replicationController: number
  garbageCollector: number
  namespace: number
  resourceQuota: number
}

export const defaultConfiguration: ControllerManagerConfiguration = {
  controllers: ['*'],
  leaderElection: {
    leaderElect: true,
    leaseDuration: 15_000,
    renewDeadline: 10_000,
    retryPeriod: 2_000,
    resourceName: 'kube-controller-manager',
    resourceNamespace: 'kube-system',
  },
  concurrency: {
    daemonSet: 2,
    deployment: 5,
    job: 5,
    cronJob: 5,
    statefulSet: 5,
    ttlAfterFinished: 5,
    validatingAdmissionPolicyStatus: 5,
    replicaSet: 5,
    replicationController: 5,
    garbageCollector: 20,
    namespace: 10,
    resourceQuota: 5,
  },
  signers: {},
  signingDuration: 31_536_000_000,
  enableGarbageCollector: true,
  namespaceSyncPeriod: 300_000,
  namespaceDeletionGracePeriod: 5_000,
  resourceQuotaSyncPeriod: 300_000,
  discoveryPeriod: 30_000,
  nodes: {
    monitorPeriod: 5_000,
    monitorGracePeriod: 50_000,
    startupGracePeriod: 60_000,
    evictionRate: 0.1,
    secondaryEvictionRate: 0.01,
    largeClusterSizeThreshold: 50,
    unhealthyZoneThreshold: 0.55,
  },
  terminatedPodGcThreshold: 12_500,
  podGcPeriod: 20_000,
  podGcQuarantine: 40_000,
}
