import { createHmac } from 'node:crypto'

const prefix = 'jws-kubeconfig-'

/** A JWS whose content is left out (RFC 7515, appendix F): who knows the token can check the content with it. */
export function detachedSignature(content: string, id: string, secret: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: id })).toString('base64url')
  const payload = Buffer.from(content).toString('base64url')
  const signature = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url')
  return `${header}..${signature}`
}

/** The data of cluster-info with one signature for each token and no other; nothing when it is so already, or has no kubeconfig. */
export function signedData(
  data: Readonly<Record<string, string>>,
  tokens: readonly { id: string; secret: string }[],
): Record<string, string> | undefined {
  const content = data.kubeconfig
  if (content === undefined) return undefined
  const signed = Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith(prefix)))
  for (const { id, secret } of tokens) signed[prefix + id] = detachedSignature(content, id, secret)
  const keys = Object.keys(signed)
  const same = keys.length === Object.keys(data).length && keys.every(key => signed[key] === data[key])
  return same ? undefined : signed
}
