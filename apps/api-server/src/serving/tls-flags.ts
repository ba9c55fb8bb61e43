import { type FlagTable, type FlagValues, type Logger, UsageError } from '@kubets/component'
import type { TlsVersion } from '../front/listener.ts'

/** Upstream's flags of what is served over TLS, and with which certificate. */
export const tlsFlags = {
  'tls-cert-file': {
    type: 'string',
    help: 'File containing the x509 certificate for HTTPS. Neither it nor --tls-private-key-file: a self-signed one is made in --cert-dir.',
  },
  'tls-private-key-file': { type: 'string', help: 'File containing the private key matching --tls-cert-file.' },
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

const versions: Readonly<Record<string, TlsVersion>> = {
  VersionTLS10: 'TLSv1',
  VersionTLS11: 'TLSv1.1',
  VersionTLS12: 'TLSv1.2',
  VersionTLS13: 'TLSv1.3',
}

/** TLS 1.3's suites are not for choosing, as in Go. */
const always = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

/** Go's names, OpenSSL's names. */
const suites: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
}

const insecureSuites: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
}

/** Known, but in no OpenSSL that Node brings. */
const goneSuites = new Set([
  'TLS_ECDHE_ECDSA_WITH_RC4_128_SHA',
  'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_RC4_128_SHA',
  'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_RSA_WITH_RC4_128_SHA',
])

/** @throws UsageError in upstream's words for a name that it does not know. */
export function tlsSettings(
  flags: Pick<FlagValues<typeof tlsFlags>, 'tls-min-version' | 'tls-cipher-suites'>,
  logger: Pick<Logger, 'warn'>,
): { minVersion: TlsVersion; ciphers?: string } {
  const named = flags['tls-min-version'] || 'VersionTLS12'
  const minVersion = versions[named]
  if (minVersion === undefined) throw new UsageError(`unknown tls version ${JSON.stringify(named)}`)
  const chosen: string[] = []
  for (const name of flags['tls-cipher-suites']) {
    if (always.includes(name)) continue
    const secure = suites[name]
    const found = secure ?? insecureSuites[name]
    if (found === undefined && !goneSuites.has(name))
      throw new UsageError(`Cipher suite ${name} not supported or doesn't exist`)
    if (secure === undefined) logger.warn(`Use of insecure cipher '${name}' detected.`)
    if (found === undefined) logger.warn(`--tls-cipher-suites: ${name} is not in this OpenSSL and has no effect`)
    else chosen.push(found)
  }
  if (flags['tls-cipher-suites'].length === 0) return { minVersion }
  return { minVersion, ciphers: [...always, ...chosen].join(':') }
}
