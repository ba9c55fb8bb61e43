import type { FlagTable } from '@kubets/component'

/** Upstream's flags of what is served over TLS, and with which certificate. */
export const tlsFlags = {
  'tls-cert-file': {
    type: 'string',
    help: 'File containing the x509 certificate for HTTPS. Neither it nor --tls-private-key-file: a self-signed one is made in --cert-dir.',
  },
  'tls-private-key-file': { type: 'string', help: 'File containing the private key matching --tls-cert-file.' },
  'tls-sni-cert-key': {
    type: 'list',
    help: 'A pair of certificate and private key files for clients that ask for another name: CERT,KEY or CERT,KEY:NAME,*.NAME. Without names those in the certificate. Repeatable.',
  },
  'cert-dir': {
    type: 'string',
    help: 'The directory of the self-signed certificate: apiserver.crt, apiserver.key.',
    default: '/var/run/kubernetes',
  },
  'tls-min-version': {
    type: 'string',
    help: 'Minimum TLS version supported: VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13. Unset: VersionTLS12.',
  },
  'tls-cipher-suites': {
    type: 'strings',
    help: "Cipher suites for the server, by Go's names. Those of TLS 1.3 are always on. Unset: this Node's.",
  },
} as const satisfies FlagTable
