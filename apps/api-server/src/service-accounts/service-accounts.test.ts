import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { http1Client } from '../testing/http-client.ts'
import { signingKey, verifyingKeys } from './keys.ts'

const issuer = 'https://kubernetes.default.svc'
const pem = (curve: string) =>
  generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const key = pem('P-256')
const accounts = '/api/v1/namespaces/default/serviceaccounts'

let api: TestApiServer
let now = Date.now()
beforeAll(async () => {
  api = await testApiServer({
    tokens: 'sekret,bob,7',
    serviceAccounts: { issuers: [issuer], signingKey: key, maxExpiration: 86_400 },
    clock: { now: () => now, after: (ms, callback) => later(ms, callback) },
  })
})
afterAll(() => api[Symbol.asyncDispose]())

function later(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

const account = (name: string) => api.h2.request('POST', accounts, { body: { metadata: { name } } })
const ask = (name: string, spec: object = {}, metadata: object = {}) =>
  api.h2.request('POST', `${accounts}/${name}/token`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata, spec },
  })
async function whoIs(token: string, audiences?: string[]) {
  const spec = { token, ...(audiences === undefined ? {} : { audiences }) }
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }
  return (await api.h2.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body: review })).json.status
}
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))

describe('a token of a service account', () => {
  it('is made for an hour, and lets its bearer in as the account', async () => {
    const { json: made } = await account('builder')
    const reply = await ask('builder')
    expect(reply.status).toBe(201)
    expect(reply.json.spec).toEqual({ audiences: [issuer], expirationSeconds: 3600, boundObjectRef: null })
    const { token } = reply.json.status
    expect(claimsOf(token)).toMatchObject({
      iss: issuer,
      aud: [issuer],
      sub: 'system:serviceaccount:default:builder',
      'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'builder', uid: made.metadata.uid } },
    })
    await using bearer = http1Client(api.connection)
    const review = await bearer.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      headers: { authorization: `Bearer ${token}` },
    })
    expect(review.json.status.userInfo).toMatchObject({
      username: 'system:serviceaccount:default:builder',
      uid: made.metadata.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    })
  })

  it('is for its audience only', async () => {
    await account('vault')
    const { token } = (await ask('vault', { audiences: ['vault'] })).json.status
    expect((await whoIs(token)).error).toContain('token audiences ["vault"] is invalid for the target audiences')
    expect(await whoIs(token, ['other', 'vault'])).toMatchObject({ authenticated: true, audiences: ['vault'] })
    const elsewhere = await whoIs(token, ['a', 'b'])
    expect(elsewhere.error).toBe(
      '[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["a" "b"]]',
    )
  })

  it('of a file is for this API', async () => {
    expect(await whoIs('sekret')).toMatchObject({ authenticated: true, audiences: [issuer] })
    expect(await whoIs('sekret', ['other', issuer])).toMatchObject({ authenticated: true, audiences: [issuer] })
    expect(await whoIs('sekret', ['other'])).toEqual({ user: {}, error: 'invalid bearer token' })
  })

  it('ends with its time', async () => {
    await account('brief')
    const { token } = (await ask('brief', { expirationSeconds: 600 })).json.status
    expect((await whoIs(token)).authenticated).toBe(true)
    now += 700_000
    expect((await whoIs(token)).error).toContain('service account token has expired')
  })

  it('ends with its account, also when another of the name comes', async () => {
    await account('gone')
    const { token } = (await ask('gone')).json.status
    await api.h2.request('DELETE', `${accounts}/gone`)
    expect((await whoIs(token)).error).toContain('service account default/gone does not exist')
    await account('gone')
    expect((await whoIs(token)).error).toContain('does not match claim')
  })

  it('ends with the object that it is bound to', async () => {
    await account('bound')
    const secrets = '/api/v1/namespaces/default/secrets'
    await api.h2.request('POST', secrets, { body: { metadata: { name: 's' } } })
    const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: 's' }
    const { token } = (await ask('bound', { boundObjectRef })).json.status
    expect((await whoIs(token)).authenticated).toBe(true)
    await api.h2.request('DELETE', `${secrets}/s`)
    expect((await whoIs(token)).error).toContain('service account token has been invalidated')
  })

  it('of a pod tells the pod and its node, and lives a year where an old kubelet asks', async () => {
    await account('podded')
    const pods = '/api/v1/namespaces/default/pods'
    const spec = { containers: [{ name: 'c', image: 'i' }], serviceAccountName: 'podded', nodeName: 'n1' }
    const { json: pod } = await api.h2.request('POST', pods, { body: { metadata: { name: 'p' }, spec } })
    const reply = await ask('podded', {
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: pod.metadata.uid },
      expirationSeconds: 3607,
    })
    const claims = claimsOf(reply.json.status.token)
    expect(claims['kubernetes.io']).toMatchObject({ pod: { name: 'p', uid: pod.metadata.uid }, node: { name: 'n1' } })
    expect(claims.exp - claims.iat).toBe(365 * 24 * 3600)
    expect(claims['kubernetes.io'].warnafter - claims.iat).toBe(3607)
    expect((await whoIs(reply.json.status.token)).user.extra).toMatchObject({
      'authentication.kubernetes.io/pod-name': ['p'],
      'authentication.kubernetes.io/node-name': ['n1'],
      'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`],
    })
    const wrong = await ask('bound', { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' } })
    expect(wrong.json.message).toContain('to pod running with different serviceaccount name.')
  })

  it('that is changed, or signed by another key, is nobody’s', async () => {
    await account('forged')
    const { token } = (await ask('forged')).json.status
    const [head, , signature] = token.split('.')
    const claims = { ...claimsOf(token), sub: 'system:serviceaccount:kube-system:admin' }
    const changed = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
    expect((await whoIs(changed)).error).toContain('invalid signature')
    await using other = await testApiServer({ serviceAccounts: { issuers: [issuer], signingKey: pem('P-384') } })
    await other.h2.request('POST', accounts, { body: { metadata: { name: 'forged' } } })
    const foreign = (
      await other.h2.request('POST', `${accounts}/forged/token`, {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      })
    ).json.status.token
    expect((await whoIs(foreign)).error).toContain('invalid signature')
  })
})

describe('a request for a token', () => {
  it.each([
    ['of nobody', 'nobody', {}, {}, 404, 'serviceaccounts "nobody" not found'],
    [
      'for too short a time',
      'asked',
      { expirationSeconds: 60 },
      {},
      422,
      'may not specify a duration less than 10 minutes',
    ],
    ['for another name', 'asked', {}, { name: 'x' }, 422, 'must match the service account name if specified'],
    ['for another uid', 'asked', {}, { uid: 'x' }, 409, 'the UID in the token request (x) does not match'],
    [
      'bound to what cannot be',
      'asked',
      { boundObjectRef: { apiVersion: 'v1', kind: 'Service', name: 's' } },
      {},
      400,
      'cannot bind token to object of type /v1, Kind=Service',
    ],
  ])('%s is refused', async (_, name, spec, metadata, code, message) => {
    if (name === 'asked') await account('asked')
    const reply = await ask(name, spec, metadata)
    expect([reply.status, reply.json.message]).toEqual([code, expect.stringContaining(message)])
  })

  it('for longer than is allowed gets less, and says so', async () => {
    await account('long')
    const reply = await ask('long', { expirationSeconds: 1_000_000 })
    expect(reply.json.spec.expirationSeconds).toBe(86_400)
    expect(String(reply.headers.warning)).toContain(
      'requested expiration of 1000000 seconds shortened to 86400 seconds',
    )
  })

  it('of a server without a key says what to set', async () => {
    await using keyless = await testApiServer()
    await keyless.h2.request('POST', accounts, { body: { metadata: { name: 'a' } } })
    const reply = await keyless.h2.request('POST', `${accounts}/a/token`, {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    })
    expect([reply.status, reply.json.message]).toEqual([
      500,
      expect.stringContaining('--service-account-signing-key-file'),
    ])
  })
})

it('keys of all usual kinds are read, others are refused by name', () => {
  expect(signingKey(pem('P-521')).algorithm).toBe('ES512')
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const [read] = verifyingKeys(publicKey.export({ type: 'spki', format: 'pem' }).toString())
  expect(read?.algorithm).toBe('RS256')
  expect(read?.id).toBe(signingKey(privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()).id)
  expect(() => signingKey('nonsense')).toThrow('the service account signing key cannot be read')
  expect(() => verifyingKeys('nonsense')).toThrow('data does not contain any valid RSA or ECDSA public keys')
})
