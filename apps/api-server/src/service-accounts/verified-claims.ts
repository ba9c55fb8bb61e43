import type { TokenKey } from './keys.ts'

/** The claims of a token that one of the keys has signed. @throws Error when none has. */
export async function verifiedClaims<Claims>(token: string, keys: readonly TokenKey[]): Promise<Claims> {
  const { compactVerify, decodeProtectedHeader } = await import('jose')
  const { kid } = decodeProtectedHeader(token)
  // without a key id (tokens of old clusters) every key is tried
  const candidates = keys.filter(key => kid === undefined || kid === '' || kid === key.id)
  for (const { key, algorithm } of candidates) {
    try {
      const { payload } = await compactVerify(token, key, { algorithms: [algorithm] })
      return JSON.parse(Buffer.from(payload).toString('utf8')) as Claims
    } catch {
      // another key may fit
    }
  }
  throw new Error('invalid signature, no keys found')
}
