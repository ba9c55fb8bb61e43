import type { FlagTable, FlagValues } from '@kubets/component'
import { defaultKeyAlgorithm, keyAlgorithms } from '@kubets/pki'

/** kubeadm's names where it has the flag or the field. */
export const pkiFlags = {
  'cert-dir': { type: 'string', default: '/etc/kubernetes/pki', help: 'Where the certificates and keys are.' },
  'kubeconfig-dir': {
    type: 'string',
    help: 'Where the kubeconfig files are. Default: the folder above --cert-dir.',
  },
  dir: {
    type: 'string',
    help: "With check and renew: the cluster of 'kubets up' in that directory, instead of --cert-dir.",
  },
  'node-name': { type: 'string', help: "This control plane node. Default: the machine's host name." },
  'apiserver-advertise-address': {
    type: 'string',
    help: "The api-server's IP address. Default: the first one of this machine that is not loopback.",
  },
  'apiserver-bind-port': { type: 'int', default: 6443, help: 'The port of the api-server.' },
  'control-plane-endpoint': {
    type: 'string',
    help: 'A stable name or address (with :port) in front of all api-servers: goes into the certificate and the kubeconfig files.',
  },
  'service-cidr': {
    type: 'string',
    default: '10.96.0.0/12',
    help: "The Services' addresses; pods call the first one.",
  },
  'service-dns-domain': { type: 'string', default: 'cluster.local', help: "The cluster's DNS domain." },
  'apiserver-cert-extra-sans': {
    type: 'strings',
    help: "More names and IP addresses for the api-server's certificate.",
  },
  'etcd-cert-extra-sans': {
    type: 'strings',
    help: "More names and IP addresses for etcd's server and peer certificates.",
  },
  'cluster-name': { type: 'string', default: 'kubernetes', help: 'What kubeconfig files call the cluster.' },
  'key-algorithm': {
    type: 'string',
    choices: keyAlgorithms,
    help: `Kind of new keys. Default: ${defaultKeyAlgorithm}, and with renew what the certificate has.`,
  },
  'certificate-validity-period': { type: 'duration', default: '8760h', help: 'Life of new certificates.' },
  'ca-certificate-validity-period': { type: 'duration', default: '87600h', help: 'Life of new authorities.' },
  overwrite: { type: 'bool', help: 'With issue: replace what stands there.' },
  address: { type: 'strings', help: "With issue node: the node's IP addresses and further names." },
  group: { type: 'strings', help: 'With issue user: groups.' },
  out: {
    type: 'string',
    help: 'With issue node: the folder to make, default nodes/NAME in --kubeconfig-dir. With issue user: the kubeconfig file, default NAME.conf.',
  },
  'expires-within': {
    type: 'duration',
    default: '0s',
    help: 'With check: exit with 1 as well for what ends within this time (720h: thirty days).',
  },
  output: {
    type: 'string',
    short: 'o',
    default: 'text',
    choices: ['text', 'json'],
    help: 'With check: form of the answer.',
  },
} as const satisfies FlagTable

export type PkiFlags = FlagValues<typeof pkiFlags>
