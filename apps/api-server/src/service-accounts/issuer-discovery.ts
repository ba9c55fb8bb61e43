import { type TokenKey, verifyingKeys } from './keys.ts'

/** What relying parties read to verify tokens of service accounts: OpenID Connect Discovery 1.0, as far as it is about keys. */
export interface IssuerDocuments {
  /** `/.well-known/openid-configuration` of the server that others reach as `host:port`. */
  configuration(address: string): string
  /** `/openid/v1/jwks` */
  readonly keySet: string
}

export interface IssuerDiscoveryOptions {
  readonly issuer: string
  /** `--service-account-jwks-uri`. Default: this server. */
  readonly jwksUri?: string
  /** Keys that verify, PEM. */
  readonly keys: readonly string[]
}

export const issuerPath = '/.well-known/openid-configuration'
export const keySetPath = '/openid/v1/jwks'

/** @throws Error saying why an issuer cannot be discovered: it is no URL of the form that OpenID Connect asks for. */
export function issuerDocuments({ issuer, jwksUri, keys }: IssuerDiscoveryOptions): IssuerDocuments {
  const url = parse(issuer)
  if (url.protocol !== 'https:') throw new Error(`issuer URL must use https scheme, got: ${issuer}`)
  if (url.search !== '') throw new Error(`issuer URL may not include a query, got: ${issuer}`)
  if (url.hash !== '') throw new Error(`issuer URL may not include a fragment, got: ${issuer}`)
  const known = keys.flatMap(verifyingKeys)
  if (known.length === 0) throw new Error('no keys provided for validating keyset')
  return {
    configuration: address =>
      JSON.stringify({
        issuer,
        jwks_uri: jwksUri ?? `https://${address}${keySetPath}`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: [...new Set(known.map(({ algorithm }) => algorithm))].sort(),
      }),
    keySet: JSON.stringify({ keys: known.map(webKey) }),
  }
}

/** The public half of a key as RFC 7517 writes it. */
function webKey({ key, id, algorithm }: TokenKey): Record<string, string | undefined> {
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' })
  return { use: 'sig', kty, kid: id, crv, alg: algorithm, n, e, x, y }
}

function parse(issuer: string): URL {
  try {
    return new URL(issuer)
  } catch {
    throw new Error(`issuer URL must use https scheme, got: ${issuer}`)
  }
}
