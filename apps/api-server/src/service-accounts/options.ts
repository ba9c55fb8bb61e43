import type { Followed } from '@kubets/component'

/** Keys of service account tokens, PEM. */
export interface ServiceAccountKeys {
  signingKey?: string
  keys?: readonly string[]
}

/** How service account tokens are made and believed. */
export interface ServiceAccountOptions {
  /** `--service-account-issuer`: the first one signs, tokens of all are believed. */
  issuers: readonly string[]
  /** `--service-account-signing-key-file`, PEM. Without it tokens are believed but not made. */
  signingKey?: string
  /** `--service-account-key-file`: PEM of public keys, private keys or certificates. Default: the signing key's own. */
  keys?: readonly string[]
  /** Where the files of keys are followed: what they hold from now on. Tokens of keys that are gone are believed no more. */
  renewedKeys?: Followed<ServiceAccountKeys>
  /** `--api-audiences`. Default: the issuers. */
  audiences?: readonly string[]
  /** `--service-account-max-token-expiration`, seconds. Longer ones are shortened; 0 or absent: no bound. */
  maxExpiration?: number
  /** `--service-account-extend-token-expiration`. Default true: tokens of pods live a year while clients learn to reload them. */
  extendExpiration?: boolean
  /** `--service-account-jwks-uri`: where relying parties find the keys. Default: this server. */
  jwksUri?: string
}
