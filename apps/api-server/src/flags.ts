import type { FlagTable } from '@kubets/component'
import { auditFlags } from './audit/flags.ts'

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
    help: 'The IP address on which to advertise the apiserver to members of the cluster.',
  },
  'tls-cert-file': { type: 'string', help: 'File containing the x509 certificate for HTTPS.' },
  'tls-private-key-file': { type: 'string', help: 'File containing the private key matching --tls-cert-file.' },
  'client-ca-file': {
    type: 'string',
    help: 'Clients with a certificate signed by an authority in this file are authenticated by its CommonName.',
  },
  'token-auth-file': { type: 'string', help: 'CSV file of static bearer tokens: token,user,uid,"group1,group2".' },
  'service-account-issuer': {
    type: 'strings',
    help: 'Identifier of the service account token issuer; the first one signs, tokens of all are accepted.',
  },
  'service-account-signing-key-file': {
    type: 'string',
    help: 'File with the private key that signs issued ID tokens.',
  },
  'service-account-key-file': {
    type: 'strings',
    help: 'Files with keys that verify ServiceAccount tokens. Unset: the signing key.',
  },
  'service-account-jwks-uri': {
    type: 'string',
    help: 'URI of the JSON Web Key Set in /.well-known/openid-configuration. Unset: this server.',
  },
  'api-audiences': { type: 'strings', help: 'Identifiers of the API. Unset: the service account issuers.' },
  'service-account-max-token-expiration': {
    type: 'duration',
    help: 'The longest validity of a token; a request for more gets this. 0: no bound.',
    default: '0s',
  },
  'service-account-extend-token-expiration': {
    type: 'bool',
    help: 'Let injected tokens of pods outlive what was asked for, while clients learn to reload them.',
    default: true,
  },
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
  'storage-backend': {
    type: 'string',
    help: 'Where objects are kept.',
    default: 'embedded',
    choices: ['embedded', 'etcd3'],
  },
  'data-dir': { type: 'string', help: 'Folder of the embedded store.' },
  'etcd-servers': { type: 'strings', help: 'Etcd servers to connect with (scheme://ip:port), comma separated.' },
  'etcd-cafile': { type: 'string', help: 'SSL Certificate Authority file used to secure etcd communication.' },
  'etcd-certfile': { type: 'string', help: 'SSL certification file used to secure etcd communication.' },
  'etcd-keyfile': { type: 'string', help: 'SSL key file used to secure etcd communication.' },
  'etcd-prefix': {
    type: 'string',
    help: 'The prefix to prepend to all resource paths in etcd.',
    default: '/registry',
  },
  'storage-media-type': {
    type: 'string',
    help: 'The media type to use to store objects in storage. Objects in the other one are read too. Some kinds are always JSON.',
    default: 'application/json',
    choices: ['application/json', 'application/vnd.kubernetes.protobuf'],
  },
  'etcd-compaction-interval': {
    type: 'duration',
    help: 'The interval of compaction requests. If 0, none is made by the apiserver.',
    default: '5m',
  },
  'etcd-healthcheck-timeout': {
    type: 'duration',
    help: 'The timeout to use when checking etcd health.',
    default: '2s',
  },
  'etcd-readycheck-timeout': {
    type: 'duration',
    help: 'The timeout to use when checking etcd readiness.',
    default: '2s',
  },
  'lease-reuse-duration-seconds': {
    type: 'int',
    help: 'The time in seconds that each lease is reused, at most a twentieth of --event-ttl.',
    default: 60,
  },
  'etcd-servers-overrides': {
    type: 'strings',
    help: 'Not supported: all kinds live in one store, which gives them one revision. Per-resource etcd servers, group/resource#servers.',
  },
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
  'encryption-provider-config': {
    type: 'string',
    help: 'The file containing configuration for encryption providers to be used for storing secrets in the store.',
  },
  'encryption-provider-config-automatic-reload': {
    type: 'bool',
    help: 'Read the file of --encryption-provider-config again when it changes. All KMS plugins then have one health check.',
  },
  'kubelet-client-certificate': { type: 'string', help: 'Path to a client cert file for TLS to kubelets.' },
  'kubelet-client-key': { type: 'string', help: 'Path to a client key file for TLS to kubelets.' },
  'kubelet-certificate-authority': {
    type: 'string',
    help: "Path to a cert file of the authority of the kubelets' certificates.",
  },
  'service-cluster-ip-range': {
    type: 'string',
    help: 'A CIDR from which to assign service cluster IPs, or one of each IP family, comma separated.',
    default: '10.96.0.0/16',
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
  'event-ttl': { type: 'duration', help: 'Amount of time to retain events.', default: '1h' },
  'min-request-timeout': {
    type: 'int',
    help: 'Seconds that a watch is kept open at least; each one gets a random time up to twice as much.',
    default: 1800,
  },
  ...auditFlags,
  v: { type: 'int', short: 'v', help: 'Number for the log level verbosity.', default: 0 },
  'experimental-encryption-provider-config': {
    type: 'string',
    help: '',
    deprecated: 'use --encryption-provider-config.',
  },
  'insecure-port': { type: 'int', help: '', deprecated: 'it has no effect: the api-server serves HTTPS only' },
  'kubelet-https': { type: 'bool', help: '', deprecated: 'it has no effect: kubelets are always spoken to over HTTPS' },
} as const satisfies FlagTable
