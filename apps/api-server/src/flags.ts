import type { FlagTable } from '@kubets/component'
import { auditFlags } from './audit/flags.ts'
import { authenticationFlags } from './authentication/flags.ts'
import { removedFlags } from './removed-flags.ts'
import { serviceAccountFlags } from './service-accounts/flags.ts'
import { requestFlags } from './serving/request-flags.ts'
import { tlsFlags } from './serving/tls-flags.ts'
import { storageFlags } from './storage-flags.ts'

/** The api-server's flags: upstream's names, and `--data-dir` for the store that upstream does not have. */
export const flags = {
  'bind-address': {
    type: 'string',
    help: 'The IP address on which to listen for the --secure-port port.',
    default: '0.0.0.0',
  },
  'secure-port': { type: 'int', help: 'The port on which to serve HTTPS. 0 takes a free one.', default: 6443 },
  'advertise-address': {
    type: 'string',
    help: "The IP address on which to advertise the apiserver to members of the cluster. Default: --bind-address, or where that is any address the one of the machine's default route.",
  },
  ...tlsFlags,
  ...authenticationFlags,
  ...serviceAccountFlags,
  'authorization-mode': {
    type: 'strings',
    help: 'Ordered list of plug-ins to do authorization. Unset, and without --authorization-config: AlwaysAllow. Of AlwaysAllow, AlwaysDeny, ABAC, Webhook, RBAC, Node.',
  },
  'authorization-policy-file': {
    type: 'string',
    help: 'File with authorization policy, a line of JSON each, used with --authorization-mode=ABAC.',
  },
  'authorization-webhook-config-file': {
    type: 'string',
    help: 'Kubeconfig file of the webhook, used with --authorization-mode=Webhook.',
  },
  'authorization-webhook-version': {
    type: 'string',
    help: 'The version of the SubjectAccessReview that the webhook gets: v1 or v1beta1. Unset: v1beta1.',
  },
  'authorization-webhook-cache-authorized-ttl': {
    type: 'duration',
    help: "How long 'authorized' answers of the webhook are kept. Unset: 5m.",
  },
  'authorization-webhook-cache-unauthorized-ttl': {
    type: 'duration',
    help: "How long 'unauthorized' answers of the webhook are kept. Unset: 30s.",
  },
  'authorization-config': {
    type: 'string',
    help: 'File with an AuthorizationConfiguration, read again when it changes; instead of --authorization-mode and --authorization-webhook-*.',
  },
  'enable-admission-plugins': {
    type: 'strings',
    help: 'Admission plugins that should be enabled in addition to those that are on by default. The order does not matter.',
  },
  'disable-admission-plugins': {
    type: 'strings',
    help: 'Admission plugins that should be disabled although they are on by default. The order does not matter.',
  },
  'admission-control-config-file': {
    type: 'string',
    help: 'File with an AdmissionConfiguration: for PodSecurity, ResourceQuota, PodNodeSelector, PodTolerationRestriction and EventRateLimit.',
  },
  ...storageFlags,
  'endpoint-reconciler-type': {
    type: 'string',
    help: 'How the endpoints of the Service kubernetes follow the api-servers. master-count is deprecated.',
    default: 'lease',
    choices: ['master-count', 'lease', 'none'],
  },
  'apiserver-count': {
    type: 'int',
    help: 'The number of apiservers in the cluster, for --endpoint-reconciler-type=master-count.',
    deprecated: 'apiserver-count is deprecated and will be removed in a future version.',
  },
  'kubelet-client-certificate': { type: 'string', help: 'Path to a client cert file for TLS to kubelets.' },
  'kubelet-client-key': { type: 'string', help: 'Path to a client key file for TLS to kubelets.' },
  'kubelet-certificate-authority': {
    type: 'string',
    help: "Path to a cert file of the authority of the kubelets' certificates. Unset: they are not checked.",
  },
  'kubelet-preferred-address-types': {
    type: 'strings',
    help: "The order in which a node's addresses are tried for connections to its kubelet.",
    default: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'],
  },
  'proxy-client-cert-file': {
    type: 'string',
    help: 'Client certificate with which the server shows itself to aggregated API servers.',
  },
  'proxy-client-key-file': { type: 'string', help: 'Private key of --proxy-client-cert-file.' },
  'allow-privileged': {
    type: 'bool',
    help: 'Whether containers may be privileged.',
    default: false,
  },
  'service-cluster-ip-range': {
    type: 'string',
    help: 'A CIDR from which to assign service cluster IPs, or one of each IP family, comma separated. Unset: 10.0.0.0/24.',
  },
  'service-node-port-range': {
    type: 'string',
    help: 'A port range to reserve for services with NodePort visibility. Inclusive.',
    default: '30000-32767',
  },
  'runtime-config': {
    type: 'strings',
    help: 'Pairs of key=value that turn APIs on or off: api/all, api/ga, api/beta, api/alpha, <group>/<version>, <group>/<version>/<resource>. A key alone means true.',
  },
  'default-not-ready-toleration-seconds': {
    type: 'int',
    default: 300,
    help: 'Seconds that pods stay on a node that is not ready, unless they say otherwise.',
  },
  'default-unreachable-toleration-seconds': {
    type: 'int',
    default: 300,
    help: 'Seconds that pods stay on a node that is unreachable, unless they say otherwise.',
  },
  'event-ttl': { type: 'duration', help: 'Amount of time to retain events.', default: '1h' },
  'min-request-timeout': {
    type: 'int',
    help: 'Seconds that a watch is kept open at least; each one gets a random time up to twice as much.',
    default: 1800,
  },
  ...requestFlags,
  ...auditFlags,
  v: { type: 'int', short: 'v', help: 'Number for the log level verbosity.', default: 0 },
  ...removedFlags,
} as const satisfies FlagTable
