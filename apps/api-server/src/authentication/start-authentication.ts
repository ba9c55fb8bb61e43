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
  readonly clientCa: string | undefined
  /** Contents of a static token file. */
  readonly tokens: string
  readonly serviceAccounts: TokenAuthenticator
  /** Names of this API: whom tokens that say nothing of it are for. */
  readonly audiences: readonly string[]
  readonly rest: Rest
  readonly anonymous: 'where everybody may' | 'authorized'
}

/** All ways to say who one is, in upstream's order. */
export function startAuthentication(start: StartAuthenticationOptions): AuthenticateOptions {
  const { options, clientCa, audiences, rest } = start
  const proxies = options.requestHeaders
  return {
    certificates: new ClientCertificates({
      clientCa,
      frontProxy: proxies === undefined ? undefined : { ca: proxies.ca, allowedNames: proxies.allowedNames },
    }),
    requestHeaders: requestHeaders(proxies),
    tokens: anyToken([
      forThisApi(audiences, tokenFileOwner(start.tokens)),
      start.serviceAccounts,
      ...(options.bootstrapTokens === true ? [forThisApi(audiences, bootstrapTokenOwner(rest))] : []),
    ]),
    anonymous: anonymousRule(options.anonymous ?? { enabled: true }, start.anonymous),
  }
}
