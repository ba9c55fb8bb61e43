import { forThisApi, type TokenAuthenticator } from '../authentication/token-authenticator.ts'
import type { Rest } from '../resources/rest.ts'
import type { SubresourceHandler } from '../resources/router.ts'
import { serviceAccountAuthenticator } from './authenticator.ts'
import { tokenIssuer } from './issuer.ts'
import { type IssuerDocuments, issuerDocuments } from './issuer-discovery.ts'
import { legacyTokenOwner } from './legacy-authenticator.ts'
import type { ServiceAccountOptions } from './options.ts'
import { tokenRequest } from './token-request.ts'

export interface ServiceAccountTokens {
  /** One for each form of them. */
  readonly authenticators: readonly TokenAuthenticator[]
  /** The names of this API: whom its tokens are for. */
  readonly audiences: readonly string[]
  readonly handlers: Readonly<Record<string, SubresourceHandler>>
  /** What tells relying parties of the first issuer; none where it cannot be discovered. */
  readonly documents: IssuerDocuments | undefined
}

const nothing: ServiceAccountOptions = { issuers: [] }

/** Tokens of service accounts: made at their `token` subresource, believed as bearer tokens. With other keys all of it is made anew. */
export function serviceAccountTokens(options: ServiceAccountOptions = nothing, rest: Rest): ServiceAccountTokens {
  let tokens = withKeys(options, rest)
  const { renewedKeys } = options
  if (renewedKeys === undefined) return tokens
  renewedKeys.onChange(keys => {
    try {
      tokens = withKeys({ ...options, ...keys }, rest)
    } catch (error) {
      rest.logger.error({ err: error }, 'New keys of service account tokens cannot be used: those before stay')
    }
  })
  const { documents } = tokens
  return {
    authenticators: tokens.authenticators.map(
      (_, i): TokenAuthenticator =>
        (token, audiences) =>
          tokens.authenticators[i]?.(token, audiences),
    ),
    audiences: tokens.audiences,
    handlers: Object.fromEntries(
      Object.keys(tokens.handlers).map((path): [string, SubresourceHandler] => [
        path,
        (...request) => tokens.handlers[path]?.(...request),
      ]),
    ),
    documents: documents && {
      configuration: address => (tokens.documents ?? documents).configuration(address),
      get keySet() {
        return (tokens.documents ?? documents).keySet
      },
    },
  }
}

function withKeys(options: ServiceAccountOptions, rest: Rest): ServiceAccountTokens {
  const { issuers, signingKey, keys, audiences = issuers } = options
  const [first] = issuers
  const issuer = signingKey === undefined || first === undefined ? undefined : tokenIssuer(first, signingKey)
  const verifying = keys ?? (signingKey === undefined ? [] : [signingKey])
  return {
    authenticators: [
      forThisApi(audiences, legacyTokenOwner(verifying, rest)),
      serviceAccountAuthenticator({ issuers, keys: verifying, audiences, rest }),
    ],
    audiences,
    handlers: { 'serviceaccounts/token': tokenRequest(options, issuer) },
    documents: first === undefined || verifying.length === 0 ? undefined : documentsOf(first, verifying, options, rest),
  }
}

/** Without them the server goes on, as upstream: an issuer may be any text. */
function documentsOf(issuer: string, keys: readonly string[], { jwksUri }: ServiceAccountOptions, rest: Rest) {
  try {
    return issuerDocuments({ issuer, keys, ...(jwksUri === undefined ? {} : { jwksUri }) })
  } catch (error) {
    rest.logger.warn({ err: error }, 'The discovery documents of the service account issuer are not served')
    return undefined
  }
}
