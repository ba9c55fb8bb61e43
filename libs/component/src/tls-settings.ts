import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import { UsageError } from './flags.ts'
import type { Logger } from './logger.ts'

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

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

/**
 * What every server of ours speaks where nobody asks otherwise: Go's own choice. Node's would take suites without forward secrecy, and let a client
 * negotiate anew on a connection as often as it likes to pay for. No tickets: clients that come back by the thousand are Go's, which resume nothing, and
 * two tickets take a tenth of a handshake, more where they hold a client's certificate.
 */
export const servingDefaults = {
  minVersion: 'TLSv1.2',
  ciphers: [...always, ...new Set(Object.values(suites))].join(':'),
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
} as const satisfies SecureContextOptions

/** What a server speaks, in Node's words; nothing asked: TLS 1.2 and above, Node's suites. @throws UsageError in upstream's words for a name that it does not know. */
export function tlsSettings(
  asked: { readonly minVersion: string; readonly cipherSuites: readonly string[] },
  logger: Pick<Logger, 'warn'>,
): { minVersion: TlsVersion; ciphers?: string } {
  const named = asked.minVersion || 'VersionTLS12'
  const minVersion = versions[named]
  if (minVersion === undefined) throw new UsageError(`unknown tls version ${JSON.stringify(named)}`)
  const chosen: string[] = []
  for (const name of asked.cipherSuites) {
    if (always.includes(name)) continue
    const secure = suites[name]
    const found = secure ?? insecureSuites[name]
    if (found === undefined && !goneSuites.has(name))
      throw new UsageError(`Cipher suite ${name} not supported or doesn't exist`)
    if (secure === undefined) logger.warn(`Use of insecure cipher '${name}' detected.`)
    if (found === undefined) logger.warn(`The cipher suite ${name} is not in this OpenSSL and has no effect`)
    else chosen.push(found)
  }
  if (asked.cipherSuites.length === 0) return { minVersion }
  return { minVersion, ciphers: [...always, ...chosen].join(':') }
}
