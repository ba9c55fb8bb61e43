import type { FlagTable } from '@kubets/component'

const noEffect = (why: string) => ({ type: 'string', help: '', deprecated: `it has no effect: ${why}` }) as const
const noEffectBool = (why: string) => ({ type: 'bool', help: '', deprecated: `it has no effect: ${why}` }) as const
const logging = 'the log goes to standard error, as JSON'
const cloud = 'cloud providers run outside of the api-server (the cloud controller manager)'

/** Flags that upstream once had, and that unit files and manifests still have. Each is accepted, with what it means today. */
export const removedFlags = {
  'experimental-encryption-provider-config': {
    type: 'string',
    help: '',
    deprecated: 'use --encryption-provider-config.',
  },
  'insecure-port': {
    type: 'int',
    help: '',
    default: 0,
    deprecated: 'the api-server serves HTTPS only: 0 is accepted, anything else refused',
  },
  'kubelet-https': {
    type: 'bool',
    help: '',
    default: true,
    deprecated: 'it has no effect: kubelets are always spoken to over HTTPS',
  },
  'enable-swagger-ui': noEffectBool('there is no Swagger UI; the API is described at /openapi/v2 and /openapi/v3'),
  'insecure-bind-address': noEffect('the api-server serves HTTPS only'),
  address: noEffect('the api-server serves HTTPS only'),
  'basic-auth-file': noEffect('nobody is authenticated by name and password; use tokens or client certificates'),
  'experimental-keystone-url': noEffect('use --oidc-* or --authentication-config'),
  'experimental-keystone-ca-file': noEffect('use --oidc-* or --authentication-config'),
  'service-account-api-audiences': { type: 'strings', help: '', deprecated: 'use --api-audiences' },
  'service-account-lookup': {
    type: 'bool',
    help: '',
    default: true,
    deprecated: 'it has no effect: accounts and what tokens are bound to must always exist',
  },
  'admission-control': {
    type: 'strings',
    help: '',
    deprecated:
      'use --enable-admission-plugins or --disable-admission-plugins instead: it says which plugins run, and no others do',
  },
  'cloud-provider': noEffect(cloud),
  'cloud-config': noEffect(cloud),
  'cloud-provider-gce-lb-src-cidrs': noEffect(cloud),
  'cloud-provider-gce-l7lb-src-cidrs': noEffect(cloud),
  'kubelet-port': noEffect("a node's status says where its kubelet listens"),
  'kubelet-read-only-port': noEffect("kubelets' read-only ports are not used"),
  'ssh-user': noEffect('there are no SSH tunnels to nodes'),
  'ssh-keyfile': noEffect('there are no SSH tunnels to nodes'),
  'master-service-namespace': noEffect('the Service kubernetes stands in the namespace default'),
  'etcd-quorum-read': noEffectBool('all reads are consistent'),
  'storage-versions': noEffect('kinds say which of their versions is stored'),
  'deserialization-cache-size': noEffect('there is no such cache'),
  'target-ram-mb': noEffect('caches have bounds of their own'),
  'watch-cache': noEffectBool('the watch cache is always on'),
  'watch-cache-sizes': noEffect('the watch cache has bounds of its own'),
  'repair-malformed-updates': noEffectBool('updates are validated'),
  'enable-logs-handler': noEffectBool('/logs is not served'),
  'audit-dynamic-configuration': noEffectBool('there are no AuditSinks; use --audit-policy-file'),
  alsologtostderr: noEffectBool(logging),
  logtostderr: noEffectBool(logging),
  'log-backtrace-at': noEffect(logging),
  'log-dir': noEffect(logging),
  'log-file': noEffect(logging),
  'log-file-max-size': noEffect(logging),
  'log-flush-frequency': noEffect(logging),
  'one-output': noEffectBool(logging),
  'skip-headers': noEffectBool(logging),
  'skip-log-headers': noEffectBool(logging),
  stderrthreshold: noEffect(logging),
  vmodule: noEffect('-v counts for all of the api-server'),
  'add-dir-header': noEffectBool(logging),
} as const satisfies FlagTable

/** What upstream's kube-apiserver v1.36 has and this api-server does not: refused by name, so that nobody relies on them. */
export const absentFlags: ReadonlySet<string> = new Set(
  `aggregator-reject-forwarding-redirect allow-metric-labels allow-metric-labels-manifest contention-profiling
coordinated-leadership-lease-duration coordinated-leadership-renew-deadline
coordinated-leadership-retry-period cors-allowed-origins debug-socket-path
delete-collection-workers
disable-http2-serving disabled-metrics egress-selector-config-file emulated-version
emulation-forward-compatible enable-aggregator-routing enable-garbage-collector enable-priority-and-fairness
etcd-count-metric-poll-period etcd-db-metric-poll-interval external-hostname feature-gates
kubelet-timeout kubernetes-service-node-port livez-grace-period
log-json-info-buffer-size log-json-split-stream log-text-info-buffer-size log-text-split-stream logging-format
max-connection-bytes-per-sec min-compatibility-version
peer-advertise-ip peer-advertise-port peer-ca-file permit-address-sharing permit-port-sharing profiling
runtime-config-emulation-forward-compatible service-account-signing-endpoint
show-hidden-metrics-for-version shutdown-delay-duration shutdown-send-retry-after
shutdown-watch-termination-grace-period storage-initialization-timeout
tls-curve-preferences tracing-config-file version`.split(/\s+/),
)
