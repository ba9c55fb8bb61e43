import type { JwtOptions } from './jwt/start-jwt.ts'
import type { RequestHeaderOptions } from './request-headers.ts'
import type { WebhookTokenOptions } from './webhook/webhook-tokens.ts'

/** Who may come without a name, where the authorizers can tell them apart. */
export interface AnonymousOptions {
  readonly enabled: boolean
  /** Only to these paths, exactly. Undefined: everywhere. */
  readonly paths?: readonly string[]
}

/** How requests are told apart, beside client certificates, static tokens and service accounts. */
export interface AuthenticationOptions {
  /** `--requestheader-*`: proxies whose headers are believed. Default: nobody's. */
  readonly requestHeaders?: RequestHeaderOptions
  /** `--enable-bootstrap-token-auth`. Default false. */
  readonly bootstrapTokens?: boolean
  /** ID tokens of other issuers: `--oidc-*`, or the `jwt` of `--authentication-config`. */
  readonly jwt?: JwtOptions
  /** Somebody else who knows tokens. */
  readonly webhook?: WebhookTokenOptions
  /** `--anonymous-auth`, or what the configuration's file says. Default: enabled. */
  readonly anonymous?: AnonymousOptions
}
