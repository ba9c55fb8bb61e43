import { readFile } from 'node:fs/promises'
import { type FlagTable, type FlagValues, UsageError } from '@kubets/component'
import { certificatesOf } from './certificate-pool.ts'
import type { AuthenticationOptions } from './options.ts'
import type { RequestHeaderOptions } from './request-headers.ts'

/** Upstream's flags of authentication, beside those of service accounts. */
export const authenticationFlags = {
  'client-ca-file': {
    type: 'string',
    help: 'Clients with a certificate signed by an authority in this file are authenticated by its CommonName.',
  },
  'token-auth-file': { type: 'string', help: 'CSV file of static bearer tokens: token,user,uid,"group1,group2".' },
  'anonymous-auth': {
    type: 'bool',
    help: 'Requests that no other method rejects are those of system:anonymous. With AlwaysAllow they see health and version only.',
    default: true,
  },
  'enable-bootstrap-token-auth': {
    type: 'bool',
    help: "Secrets of type 'bootstrap.kubernetes.io/token' in kube-system are bearer tokens with which machines join.",
  },
  'requestheader-client-ca-file': {
    type: 'string',
    help: 'Authorities that sign the client certificates of authenticating proxies, whose --requestheader-* headers are believed.',
  },
  'requestheader-allowed-names': {
    type: 'strings',
    help: 'Common names of proxies that are believed. Empty: all with a certificate of --requestheader-client-ca-file.',
  },
  'requestheader-username-headers': {
    type: 'strings',
    help: 'Headers to inspect for usernames. X-Remote-User is common.',
  },
  'requestheader-uid-headers': { type: 'strings', help: 'Headers to inspect for UIDs. X-Remote-Uid is suggested.' },
  'requestheader-group-headers': {
    type: 'strings',
    help: 'Headers to inspect for groups. X-Remote-Group is suggested.',
  },
  'requestheader-extra-headers-prefix': {
    type: 'strings',
    help: 'Prefixes of headers to inspect. X-Remote-Extra- is suggested.',
  },
} as const satisfies FlagTable

export type AuthenticationFlags = FlagValues<typeof authenticationFlags>

/** What the flags say of authentication. @throws UsageError for flags that do not fit together, Error for files that cannot be read. */
export async function authenticationFromFlags(
  flags: AuthenticationFlags,
  clientCa: string | undefined,
): Promise<AuthenticationOptions> {
  const requestHeaders = await requestHeaderOptions(flags, clientCa)
  return {
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    bootstrapTokens: flags['enable-bootstrap-token-auth'],
    anonymous: { enabled: flags['anonymous-auth'] },
  }
}

const headerFlags = [
  'requestheader-username-headers',
  'requestheader-group-headers',
  'requestheader-extra-headers-prefix',
  'requestheader-allowed-names',
  'requestheader-uid-headers',
] as const

async function requestHeaderOptions(
  flags: AuthenticationFlags,
  clientCa: string | undefined,
): Promise<RequestHeaderOptions | undefined> {
  for (const name of headerFlags)
    if (flags[name].some(value => value.trim() === '')) throw new UsageError(`empty value in "${name}"`)
  const file = flags['requestheader-client-ca-file'] ?? ''
  const uidHeaders = flags['requestheader-uid-headers']
  if (uidHeaders.length > 0 && !uidHeaders.some(header => header.toLowerCase() === 'x-remote-uid'))
    throw new UsageError(
      '--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header - API aggregation will not work',
    )
  if (file === '') return undefined
  const ca = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`--requestheader-client-ca-file: cannot read ${file}: ${error.message}`, { cause: error })
  })
  const allowedNames = flags['requestheader-allowed-names']
  if (allowedNames.length === 0 && overlap(clientCa ?? '', ca))
    throw new UsageError(
      '--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names must be specified to ensure regular client certificates cannot set authenticating proxy headers for arbitrary users',
    )
  const trimmed = (name: (typeof headerFlags)[number]) => flags[name].map(value => value.trim())
  return {
    ca,
    allowedNames,
    usernameHeaders: trimmed('requestheader-username-headers'),
    uidHeaders: trimmed('requestheader-uid-headers'),
    groupHeaders: trimmed('requestheader-group-headers'),
    extraPrefixes: trimmed('requestheader-extra-headers-prefix'),
  }
}

function overlap(a: string, b: string): boolean {
  const others = certificatesOf(b)
  return certificatesOf(a).some(one => others.some(other => one.raw.equals(other.raw)))
}
