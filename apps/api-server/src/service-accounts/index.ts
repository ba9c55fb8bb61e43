import type { TokenAuthenticator } from '../handlers/authenticate.ts'
import type { Rest } from '../resources/rest.ts'
import type { SubresourceHandler } from '../resources/router.ts'
import { serviceAccountAuthenticator } from './authenticator.ts'
import { tokenIssuer } from './issuer.ts'
import type { ServiceAccountOptions } from './options.ts'
import { tokenRequest } from './token-request.ts'

export interface ServiceAccountTokens {
  readonly authenticator: TokenAuthenticator
  readonly handlers: Readonly<Record<string, SubresourceHandler>>
}

const nothing: ServiceAccountOptions = { issuers: [] }

/** Tokens of service accounts: made at their `token` subresource, believed as bearer tokens. */
export function serviceAccountTokens(options: ServiceAccountOptions = nothing, rest: Rest): ServiceAccountTokens {
  const { issuers, signingKey, keys, audiences } = options
  const [first] = issuers
  const issuer = signingKey === undefined || first === undefined ? undefined : tokenIssuer(first, signingKey)
  return {
    authenticator: serviceAccountAuthenticator({
      issuers,
      keys: keys ?? (signingKey === undefined ? [] : [signingKey]),
      audiences: audiences ?? issuers,
      rest,
    }),
    handlers: { 'serviceaccounts/token': tokenRequest(options, issuer) },
  }
}
