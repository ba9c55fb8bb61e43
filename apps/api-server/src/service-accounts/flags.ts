import {
  type CertificateFiles,
  type FlagTable,
  type FlagValues,
  type Followed,
  type Logger,
  UsageError,
} from '@kubets/component'
import type { ServiceAccountKeys, ServiceAccountOptions } from './options.ts'

/** Upstream's word for the cluster itself, where nobody has said another. */
const defaultIssuer = 'https://kubernetes.default.svc'

/** Upstream's flags of tokens of service accounts. */
export const serviceAccountFlags = {
  'service-account-issuer': {
    type: 'strings',
    help: 'Identifier of the service account token issuer; the first one signs, tokens of all are accepted. Unset: https://kubernetes.default.svc.',
  },
  'service-account-signing-key-file': {
    type: 'string',
    help: 'File with the private key that signs issued ID tokens.',
  },
  'service-account-key-file': {
    type: 'strings',
    help: 'PEM files with public keys, private keys or certificates that verify ServiceAccount tokens. Unset: the signing key.',
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
} as const satisfies FlagTable

export type ServiceAccountFlags = FlagValues<typeof serviceAccountFlags> & {
  /** What --api-audiences was called before. */
  readonly 'service-account-api-audiences': readonly string[]
}

/**
 * What the flags say of tokens of service accounts. Clusters of before 1.20 name no issuer and sign nothing here: their api-servers start,
 * believe the keys that they are given, and make no tokens. @throws UsageError for a JWKS URI that is none, Error for files that cannot be read.
 */
export async function serviceAccountsFromFlags(
  flags: ServiceAccountFlags,
  files: CertificateFiles,
  logger: Logger,
): Promise<ServiceAccountOptions> {
  const named = flags['service-account-issuer']
  const renewedKeys = await serviceAccountKeys(flags, files)
  const { signingKey, keys = [] } = renewedKeys?.current ?? {}
  const missing = [
    ...(named.length === 0 ? [`--service-account-issuer is not set: it is ${defaultIssuer}`] : []),
    ...(signingKey === undefined ? ['--service-account-signing-key-file is not set: no tokens are made'] : []),
    ...(signingKey === undefined && keys.length === 0
      ? ['--service-account-key-file is not set: no tokens of service accounts are believed']
      : []),
  ]
  if (missing.length > 0) logger.warn(missing.join('; '))
  const audiences = [...flags['api-audiences'], ...flags['service-account-api-audiences']]
  const jwksUri = flags['service-account-jwks-uri'] || undefined
  if (jwksUri !== undefined && !URL.canParse(jwksUri))
    throw new UsageError('service-account-jwks-uri must be a valid URL')
  if (jwksUri !== undefined && new URL(jwksUri).protocol !== 'https:')
    throw new UsageError(`service-account-jwks-uri requires https scheme, parsed as: ${jwksUri}`)
  return {
    issuers: named.length === 0 ? [defaultIssuer] : named,
    ...(signingKey === undefined ? {} : { signingKey }),
    ...(keys.length === 0 ? {} : { keys }),
    ...(renewedKeys === undefined ? {} : { renewedKeys }),
    ...(audiences.length === 0 ? {} : { audiences }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    maxExpiration: flags['service-account-max-token-expiration'] / 1000,
    extendExpiration: flags['service-account-extend-token-expiration'],
  }
}

/** What signs and verifies tokens of service accounts, as it stands in the files. */
async function serviceAccountKeys(
  flags: ServiceAccountFlags,
  files: CertificateFiles,
): Promise<Followed<ServiceAccountKeys> | undefined> {
  const signing = flags['service-account-signing-key-file'] ?? ''
  const named = [
    ...(signing === '' ? [] : [{ flag: 'service-account-signing-key-file', path: signing }]),
    ...flags['service-account-key-file'].map(path => ({ flag: 'service-account-key-file', path })),
  ]
  if (named.length === 0) return undefined
  const { signingKey: read, verifyingKeys } = await import('./keys.ts')
  return files.follow('service-account-keys', named, contents => {
    const signingKey = signing === '' ? undefined : contents[0]
    const keys = signing === '' ? contents : contents.slice(1)
    if (signingKey !== undefined) read(signingKey)
    for (const pem of keys) verifyingKeys(pem)
    return { ...(signingKey === undefined ? {} : { signingKey }), ...(keys.length === 0 ? {} : { keys }) }
  })
}
