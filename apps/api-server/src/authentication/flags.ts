import { readFile } from 'node:fs/promises'
import { type CertificateFiles, type FlagTable, type FlagValues, UsageError } from '@kubets/component'
import { certificatesOf } from './certificate-pool.ts'
import type { JwtOptions } from './jwt/start-jwt.ts'
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
  'authentication-config': {
    type: 'string',
    help: 'File with an AuthenticationConfiguration: issuers of ID tokens, read again when it changes, and who may come anonymously.',
  },
  'oidc-issuer-url': { type: 'string', help: 'The https URL of an issuer whose ID tokens are believed.' },
  'oidc-client-id': { type: 'string', help: 'The audience of such tokens. Must be set with --oidc-issuer-url.' },
  'oidc-ca-file': { type: 'string', help: "Authorities of the issuer's certificate. Unset: those that Node knows." },
  'oidc-username-claim': { type: 'string', help: 'The claim that is the user name.', default: 'sub' },
  'oidc-username-prefix': {
    type: 'string',
    help: "Stands before user names. Unset: the issuer's URL and '#', but for email. '-': nothing.",
  },
  'oidc-groups-claim': { type: 'string', help: "The claim that has the user's groups, a text or a list." },
  'oidc-groups-prefix': { type: 'string', help: 'Stands before groups.' },
  'oidc-signing-algs': { type: 'strings', help: 'JOSE signing algorithms that are taken.', default: ['RS256'] },
  'oidc-required-claim': { type: 'strings', help: 'A key=value pair that a token must have. Repeat it for several.' },
  'authentication-token-webhook-config-file': {
    type: 'string',
    help: 'Kubeconfig file of a webhook that is asked whose bearer tokens are.',
  },
  'authentication-token-webhook-version': {
    type: 'string',
    help: 'Version of the TokenReview that the webhook gets: v1 or v1beta1.',
    default: 'v1beta1',
  },
  'authentication-token-webhook-cache-ttl': {
    type: 'duration',
    help: 'How long answers of the webhook are kept.',
    default: '2m',
  },
} as const satisfies FlagTable

export type AuthenticationFlags = FlagValues<typeof authenticationFlags>

/** What the flags say of authentication. @throws UsageError for flags that do not fit together, Error for files that cannot be read. */
export async function authenticationFromFlags(
  flags: AuthenticationFlags,
  /** The names that stood on the command line. */
  given: ReadonlySet<string>,
  clientCa: string | undefined,
  files: CertificateFiles,
): Promise<AuthenticationOptions> {
  const requestHeaders = await requestHeaderOptions(flags, clientCa, files)
  const oidc = [...given].some(name => name.startsWith('oidc-'))
  const file = flags['authentication-config'] ?? ''
  if (file !== '' && oidc) throw new UsageError('authentication-config file and oidc-* flags are mutually exclusive')
  const jwt = file !== '' ? await jwtFromFile(file) : oidc ? await jwtFromFlags(flags, files) : undefined
  const inFile = jwt?.configuration.anonymous
  if (inFile !== undefined && given.has('anonymous-auth'))
    throw new UsageError(
      'anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
    )
  const paths = inFile?.conditions?.map(({ path = '' }) => path) ?? []
  return {
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    bootstrapTokens: flags['enable-bootstrap-token-auth'],
    ...(jwt === undefined ? {} : { jwt }),
    ...webhookFromFlags(flags),
    anonymous: {
      enabled: inFile === undefined ? flags['anonymous-auth'] : inFile.enabled === true,
      ...(paths.length === 0 ? {} : { paths }),
    },
  }
}

async function jwtFromFile(file: string): Promise<JwtOptions> {
  const { loadAuthenticationConfiguration } = await import('./jwt/load.ts')
  const { jwtAlgorithms } = await import('./jwt/jwt-tokens.ts')
  try {
    const configuration = await loadAuthenticationConfiguration(await readFile(file, 'utf8'))
    return { configuration, algorithms: jwtAlgorithms, reloadFile: file }
  } catch (error) {
    throw new Error(
      `failed to load authentication configuration from file ${JSON.stringify(file)}: ${(error as Error).message}`,
      { cause: error },
    )
  }
}

async function jwtFromFlags(flags: AuthenticationFlags, files: CertificateFiles): Promise<JwtOptions> {
  const { jwtAlgorithms } = await import('./jwt/jwt-tokens.ts')
  const { 'oidc-issuer-url': url = '', 'oidc-client-id': clientId = '', 'oidc-signing-algs': algorithms } = flags
  if (url === '' || clientId === '')
    throw new UsageError('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set')
  const unknown = algorithms.find(one => !jwtAlgorithms.includes(one))
  if (unknown !== undefined) throw new UsageError(`oidc: unsupported signing alg: ${JSON.stringify(unknown)}`)
  const claim = flags['oidc-username-claim']
  const named = flags['oidc-username-prefix'] ?? ''
  const prefix = named === '-' ? '' : named === '' && claim !== 'email' ? `${url}#` : named
  const groups = flags['oidc-groups-claim'] ?? ''
  const caFile = flags['oidc-ca-file'] ?? ''
  const certificateAuthority =
    caFile === '' ? undefined : await files.authorities('oidc-ca', { flag: 'oidc-ca-file', path: caFile })
  return {
    algorithms,
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    configuration: {
      jwt: [
        {
          issuer: { url, audiences: [clientId] },
          claimMappings: {
            username: { claim, prefix },
            ...(groups === '' ? {} : { groups: { claim: groups, prefix: flags['oidc-groups-prefix'] ?? '' } }),
          },
          claimValidationRules: requiredClaims(flags['oidc-required-claim']),
        },
      ],
    },
  }
}

/** A value may hold commas, at which lists of flags are cut: a piece without '=' goes on with the last value. */
function requiredClaims(pieces: readonly string[]): { claim: string; requiredValue: string }[] {
  const pairs: string[] = []
  for (const piece of pieces)
    if (pairs.length > 0 && !piece.includes('=')) pairs.push(`${pairs.pop()},${piece}`)
    else pairs.push(piece)
  const rules = new Map<string, string>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 0) throw new UsageError(`malformed pair, expect string=string: ${JSON.stringify(pair)}`)
    rules.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim())
  }
  return [...rules].map(([claim, requiredValue]) => ({ claim, requiredValue }))
}

function webhookFromFlags(flags: AuthenticationFlags): Pick<AuthenticationOptions, 'webhook'> {
  const kubeConfigFile = flags['authentication-token-webhook-config-file'] ?? ''
  const version = flags['authentication-token-webhook-version']
  if (kubeConfigFile === '') return {}
  if (version !== 'v1' && version !== 'v1beta1')
    throw new UsageError(
      `unsupported webhook authenticator version ${JSON.stringify(version)}, supported versions are "v1", "v1beta1"`,
    )
  return { webhook: { kubeConfigFile, version, cacheTtl: flags['authentication-token-webhook-cache-ttl'] } }
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
  files: CertificateFiles,
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
  const ca = await files.authorities('requestheader-client-ca', { flag: 'requestheader-client-ca-file', path: file })
  const allowedNames = flags['requestheader-allowed-names']
  if (allowedNames.length === 0 && overlap(clientCa ?? '', ca.current))
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
