import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** An issuer of ID tokens on a port of its own: a discovery document and keys, over https. */
export interface TestIssuer extends AsyncDisposable {
  readonly url: string
  /** PEM of the authority of its certificate. */
  readonly ca: string
  /** How often its keys were asked for. */
  readonly asked: () => number
  /** A token of its present key. Claims win over those that every token has; an undefined one is left out. */
  sign(claims?: Readonly<Record<string, unknown>>, algorithm?: string): Promise<string>
  /** From now on another key signs, and only that is told. */
  rotate(): Promise<void>
}

/** `discoveredAs`: what its discovery document says of itself. */
export async function testIssuer(options: { audience?: string; discoveredAs?: string } = {}): Promise<TestIssuer> {
  const authority = await createCertificateAuthority('issuer-ca')
  const pair = await issueCertificate(authority, {
    commonName: 'issuer',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  })
  let asked = 0
  let number = 0
  const next = async () => ({ kid: `key-${++number}`, ...(await generateKeyPair('RS256', { extractable: true })) })
  let key = await next()
  const server = createServer({ ...pair }, (request, response) => {
    const send = (body: object) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(body))
    }
    if (request.url === '/.well-known/openid-configuration')
      return send({ issuer: options.discoveredAs ?? url, jwks_uri: `${url}/keys` })
    if (request.url !== '/keys') return response.writeHead(404).end()
    asked++
    void exportJWK(key.publicKey).then(jwk => send({ keys: [{ ...jwk, kid: key.kid, alg: 'RS256', use: 'sig' }] }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    ca: authority.cert,
    asked: () => asked,
    async sign(claims = {}, algorithm = 'RS256') {
      const now = Math.floor(Date.now() / 1000)
      const all = {
        iss: options.discoveredAs ?? url,
        aud: options.audience ?? 'kubets',
        sub: 'ada',
        iat: now,
        exp: now + 600,
        ...claims,
      }
      const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
      const signing = algorithm === 'RS256' ? key.privateKey : (await generateKeyPair(algorithm)).privateKey
      return new SignJWT(payload).setProtectedHeader({ alg: algorithm, kid: key.kid }).sign(signing)
    },
    async rotate() {
      key = await next()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
