import type { TokenClaims } from './claims.ts'
import { signingKey, type TokenKey } from './keys.ts'

/** Makes signed tokens. */
export interface TokenIssuer {
  readonly issuer: string
  sign(claims: TokenClaims): Promise<string>
}

export function tokenIssuer(issuer: string, pem: string): TokenIssuer {
  const key: TokenKey = signingKey(pem)
  return {
    issuer,
    async sign(claims) {
      // imported at first use: most api-servers start long before they are asked for a token
      const { SignJWT } = await import('jose')
      return new SignJWT({ ...claims, aud: [...claims.aud] })
        .setProtectedHeader({ alg: key.algorithm, kid: key.id })
        .sign(key.key)
    },
  }
}
