import { type Followed, followedOf } from '@kubets/component'
import { type AuthenticateOptions, anonymousRule } from '../handlers/authenticate.ts'
import type { Rest } from '../resources/rest.ts'
import { bootstrapTokenOwner } from './bootstrap-tokens.ts'
import { ClientCertificates } from './client-certificates.ts'
import type { AuthenticationOptions } from './options.ts'
import { requestHeaders } from './request-headers.ts'
import { anyToken, forThisApi, type TokenAuthenticator } from './token-authenticator.ts'
import { tokenFileOwner } from './token-file.ts'

export interface StartAuthenticationOptions {
  readonly options: AuthenticationOptions
  /** PEM. */
  readonly clientCa: Followed<string> | undefined
  /** Contents of a static token file. */
  readonly tokens: string
  readonly serviceAccounts: readonly TokenAuthenticator[]
  /** Names of this API: whom tokens that say nothing of it are for. */
  readonly audiences: readonly string[]
  /** Issuers of service account tokens. */
  readonly issuers: readonly string[]
  readonly rest: Rest
  /** Ends what follows files and issuers. */
  readonly signal: AbortSignal
  readonly anonymous: 'where everybody may' | 'authorized'
}

/** All ways to say who one is, in upstream's order. */
export async function startAuthentication(start: StartAuthenticationOptions): Promise<AuthenticateOptions> {
  const { options, clientCa, audiences, rest } = start
  const proxies = options.requestHeaders
  const { clock, logger } = rest
  const around = { clock, logger, signal: start.signal }
  const { jwt, webhook } = options
  const others: TokenAuthenticator[] = []
  // loaded only where they are asked for
  if (jwt !== undefined) {
    const { startJwt } = await import('./jwt/start-jwt.ts')
    const disallowedIssuers = start.issuers
    others.push(forThisApi(audiences, startJwt({ ...jwt, ...around, disallowedIssuers })))
  }
  if (webhook !== undefined) {
    const { webhookTokens } = await import('./webhook/webhook-tokens.ts')
    others.push(await webhookTokens(webhook, { ...around, audiences }))
  }
  return {
    certificates: new ClientCertificates({
      clientCa,
      frontProxy:
        proxies === undefined ? undefined : { ca: followedOf(proxies.ca), allowedNames: proxies.allowedNames },
      failed: error => logger.error({ err: error }, 'New authorities of clients cannot be used: those before stay'),
    }),
    requestHeaders: requestHeaders(proxies),
    tokens: anyToken([
      forThisApi(audiences, tokenFileOwner(start.tokens)),
      ...start.serviceAccounts,
      ...(options.bootstrapTokens === true ? [forThisApi(audiences, bootstrapTokenOwner(rest))] : []),
      ...others,
    ]),
    anonymous: anonymousRule(options.anonymous ?? { enabled: true }, start.anonymous),
  }
}
