import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'
import { issuerDocuments } from './issuer-discovery.ts'
import { signingKey } from './keys.ts'

const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString()
const issuer = 'https://kubernetes.default.svc'

describe('the documents of an issuer', () => {
  it('name each key with its algorithm, the public half only, in upstream order of members', () => {
    const { keySet, configuration } = issuerDocuments({ issuer, keys: [pem, rsa] })
    const { keys } = JSON.parse(keySet)
    expect(keys.map((key: object) => Object.keys(key))).toEqual([
      ['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y'],
      ['use', 'kty', 'kid', 'alg', 'n', 'e'],
    ])
    expect(keys[0]).toMatchObject({ use: 'sig', kty: 'EC', crv: 'P-256', alg: 'ES256', kid: signingKey(pem).id })
    expect(createPublicKey({ key: keys[0], format: 'jwk' }).equals(createPublicKey(pem))).toBe(true)
    expect(configuration('10.0.0.1:6443')).toBe(
      '{"issuer":"https://kubernetes.default.svc","jwks_uri":"https://10.0.0.1:6443/openid/v1/jwks",' +
        '"response_types_supported":["id_token"],"subject_types_supported":["public"],' +
        '"id_token_signing_alg_values_supported":["ES256","RS256"]}',
    )
  })

  it('name another place of the keys where one is set', () => {
    const { configuration } = issuerDocuments({ issuer, keys: [pem], jwksUri: 'https://keys.example.com/set' })
    expect(JSON.parse(configuration('x:1')).jwks_uri).toBe('https://keys.example.com/set')
  })

  it.each([
    ['http://example.com', 'issuer URL must use https scheme, got: http://example.com'],
    ['api', 'issuer URL must use https scheme, got: api'],
    ['https://example.com?a=b', 'issuer URL may not include a query, got: https://example.com?a=b'],
    ['https://example.com#a', 'issuer URL may not include a fragment, got: https://example.com#a'],
  ])('are not there for %s', (other, message) => {
    expect(() => issuerDocuments({ issuer: other, keys: [pem] })).toThrow(message)
  })
})

describe('the server of an issuer', () => {
  it('serves the documents, to be kept for an hour', async () => {
    await using api = await testApiServer({ serviceAccounts: { issuers: [issuer], signingKey: pem } })
    const configuration = await api.h2.request('GET', '/.well-known/openid-configuration')
    expect(configuration.status).toBe(200)
    expect(configuration.json).toMatchObject({
      issuer,
      jwks_uri: `https://127.0.0.1:${api.server.port}/openid/v1/jwks`,
    })
    expect(configuration.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=3600',
    })
    const keys = await api.h1.request('GET', '/openid/v1/jwks')
    expect(keys.headers['content-type']).toBe('application/jwk-set+json')
    expect(keys.json.keys).toHaveLength(1)
    expect((await api.h1.request('GET', '/')).json.paths).toContain('/openid/v1/jwks')
    expect((await api.h1.request('GET', '/openapi/v3')).json.paths).toHaveProperty(['openid/v1/jwks'])
  })

  it('refuses other methods and other forms', async () => {
    await using api = await testApiServer({ serviceAccounts: { issuers: [issuer], signingKey: pem } })
    expect(await api.h2.request('POST', '/openid/v1/jwks', { body: {} })).toMatchObject({
      status: 405,
      json: { reason: 'MethodNotAllowed' },
    })
    expect(await api.h2.request('GET', '/openid/v1/jwks', { headers: { accept: 'application/json' } })).toMatchObject({
      status: 406,
      json: { message: '406: Not Acceptable\n\nAvailable representations: application/jwk-set+json' },
    })
  })

  it('starts without them where the issuer is no https URL', async () => {
    await using api = await testApiServer({ serviceAccounts: { issuers: ['api'], signingKey: pem } })
    expect((await api.h1.request('GET', '/openid/v1/jwks')).status).toBe(404)
    expect((await api.h1.request('GET', '/')).json.paths).not.toContain('/openid/v1/jwks')
  })
})
