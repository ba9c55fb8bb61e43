import { secureServingFlags } from '@kubets/client'
import { type FlagTable, leaderElectionFlags } from '@kubets/component'
import { controllers } from './controllers/table.ts'

/** kube-controller-manager's flags, as far as their controllers are here. */
export const controllerManagerFlags = {
  kubeconfig: { type: 'string', help: 'Path to the kubeconfig file with authorization and server location.' },
  master: { type: 'string', help: 'Address of the API server; overrides the one in the kubeconfig.' },
  controllers: {
    type: 'strings',
    default: ['*'],
    help: `Controllers to run: '*' is all that are on by default, 'foo' switches one on, '-foo' off. All: ${controllers.map(({ name }) => name).join(', ')}.`,
  },
  'concurrent-cron-job-syncs': { type: 'int', default: 5, help: 'CronJobs worked on at once.' },
  'concurrent-daemonset-syncs': { type: 'int', default: 2, help: 'DaemonSets worked on at once.' },
  'concurrent-deployment-syncs': { type: 'int', default: 5, help: 'Deployments worked on at once.' },
  'concurrent-gc-syncs': { type: 'int', default: 20, help: 'Objects that the garbage collector works on at once.' },
  'concurrent-job-syncs': { type: 'int', default: 5, help: 'Jobs worked on at once.' },
  'concurrent-namespace-syncs': { type: 'int', default: 10, help: 'Namespaces worked on at once.' },
  'concurrent-replicaset-syncs': { type: 'int', default: 5, help: 'ReplicaSets worked on at once.' },
  'concurrent-resource-quota-syncs': { type: 'int', default: 5, help: 'ResourceQuotas worked on at once.' },
  'concurrent-statefulset-syncs': { type: 'int', default: 5, help: 'StatefulSets worked on at once.' },
  'concurrent-ttl-after-finished-syncs': { type: 'int', default: 5, help: 'Ended Jobs worked on at once.' },
  'concurrent-validating-admission-policy-status-syncs': {
    type: 'int',
    default: 5,
    help: 'ValidatingAdmissionPolicies worked on at once.',
  },
  concurrent_rc_syncs: { type: 'int', default: 5, help: 'ReplicationControllers worked on at once.' },
  'enable-garbage-collector': {
    type: 'bool',
    default: true,
    help: 'Run the garbage collector. Must be what the API server has.',
  },
  'namespace-sync-period': {
    type: 'duration',
    default: 300_000,
    help: 'Namespaces that are being deleted are looked at again this often.',
  },
  'node-monitor-period': { type: 'duration', default: 5_000, help: 'All nodes are looked at this often.' },
  'node-monitor-grace-period': {
    type: 'duration',
    default: 50_000,
    help: 'A node may be silent this long before it counts as unreachable. Several times what passes between heartbeats.',
  },
  'node-startup-grace-period': {
    type: 'duration',
    default: 60_000,
    help: 'The same for a new node that has not said yet how it is.',
  },
  'node-eviction-rate': {
    type: 'number',
    default: 0.1,
    help: 'Nodes a second whose pods are evicted when they fail, in a zone that is healthy.',
  },
  'secondary-node-eviction-rate': {
    type: 'number',
    default: 0.01,
    help: 'The same in a zone that is unhealthy and larger than --large-cluster-size-threshold; in a smaller one it is 0.',
  },
  'large-cluster-size-threshold': { type: 'int', default: 50, help: 'A zone with more nodes than this is large.' },
  'unhealthy-zone-threshold': {
    type: 'number',
    default: 0.55,
    help: 'A zone is unhealthy when this part of its nodes, and three at least, is not ready.',
  },
  'terminated-pod-gc-threshold': {
    type: 'int',
    default: 12_500,
    help: 'Ended pods beyond this many are deleted, the oldest first; 0 or less keeps them all.',
  },
  'resource-quota-sync-period': { type: 'duration', default: 300_000, help: 'Quotas are counted anew this often.' },
  'use-service-account-credentials': {
    type: 'bool',
    default: false,
    help: 'Each controller speaks as its own service account in kube-system.',
  },
  'root-ca-file': {
    type: 'string',
    help: 'Certificates that every namespace gets in the ConfigMap kube-root-ca.crt. Default: those of the kubeconfig.',
  },
  'cluster-signing-cert-file': {
    type: 'string',
    help: 'Certificate of the authority that signs CSRs, of all signers.',
  },
  'cluster-signing-key-file': { type: 'string', help: 'Key of the authority that signs CSRs, of all signers.' },
  'cluster-signing-duration': {
    type: 'duration',
    default: 31_536_000_000,
    help: 'No certificate is signed for longer; a CSR may ask for less.',
  },
  'cluster-signing-kubelet-serving-cert-file': {
    type: 'string',
    help: 'Certificate of the authority of the signer kubernetes.io/kubelet-serving.',
  },
  'cluster-signing-kubelet-serving-key-file': {
    type: 'string',
    help: 'Key of the authority of the signer kubernetes.io/kubelet-serving.',
  },
  'cluster-signing-kubelet-client-cert-file': {
    type: 'string',
    help: 'Certificate of the authority of the signer kubernetes.io/kube-apiserver-client-kubelet.',
  },
  'cluster-signing-kubelet-client-key-file': {
    type: 'string',
    help: 'Key of the authority of the signer kubernetes.io/kube-apiserver-client-kubelet.',
  },
  'cluster-signing-kube-apiserver-client-cert-file': {
    type: 'string',
    help: 'Certificate of the authority of the signer kubernetes.io/kube-apiserver-client.',
  },
  'cluster-signing-kube-apiserver-client-key-file': {
    type: 'string',
    help: 'Key of the authority of the signer kubernetes.io/kube-apiserver-client.',
  },
  'cluster-signing-legacy-unknown-cert-file': {
    type: 'string',
    help: 'Certificate of the authority of the signer kubernetes.io/legacy-unknown.',
  },
  'cluster-signing-legacy-unknown-key-file': {
    type: 'string',
    help: 'Key of the authority of the signer kubernetes.io/legacy-unknown.',
  },
  ...leaderElectionFlags('kube-controller-manager'),
  ...secureServingFlags({ port: 10_257, tolerateLookupFailure: false }),
  v: { type: 'int', short: 'v', default: 0, help: 'Log level: 4 and above shows each decision.' },
} as const satisfies FlagTable
