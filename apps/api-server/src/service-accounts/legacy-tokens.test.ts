import { createPrivateKey } from 'node:crypto'
import { createSigningKey } from '@kubets/pki'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { http2Client } from '../testing/http-client.ts'

let api: TestApiServer
let uid: string
let signing: Awaited<ReturnType<typeof createSigningKey>>
const root = '/api/v1/namespaces/default'

beforeAll(async () => {
  signing = await createSigningKey()
  api = await testApiServer({
    authorization: ['RBAC'],
    // what an api-server of a cluster of before 1.20 is given
    serviceAccounts: { issuers: ['https://kubernetes.default.svc'], keys: [signing.publicKey] },
  })
  const account = await api.h2.request('POST', `${root}/serviceaccounts`, { body: { metadata: { name: 'robot' } } })
  uid = account.json.metadata.uid
})
afterAll(() => api[Symbol.asyncDispose]())

const sign = (claims: Record<string, unknown>, key = signing.key) =>
  new SignJWT({ iss: 'kubernetes/serviceaccount', ...claims })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(createPrivateKey(key))

const claims = (secret: string, more: object = {}) => ({
  sub: 'system:serviceaccount:default:robot',
  'kubernetes.io/serviceaccount/namespace': 'default',
  'kubernetes.io/serviceaccount/secret.name': secret,
  'kubernetes.io/serviceaccount/service-account.name': 'robot',
  'kubernetes.io/serviceaccount/service-account.uid': uid,
  ...more,
})

async function keep(name: string, token: string, labels: object = {}) {
  const annotations = { 'kubernetes.io/service-account.name': 'robot', 'kubernetes.io/service-account.uid': uid }
  const type = 'kubernetes.io/service-account-token'
  const body = { metadata: { name, annotations, labels }, type, stringData: { token } }
  const { status, text } = await api.h2.request('POST', `${root}/secrets`, { body })
  expect(status, text).toBe(201)
}

async function whoami(token: string) {
  await using client = await http2Client(api.connection)
  return await client.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
    headers: { authorization: `Bearer ${token}` },
  })
}

it('the token of a Secret is good while the Secret has it', async () => {
  const token = await sign(claims('kept'))
  expect((await whoami(token)).status).toBe(401)
  await keep('kept', token)
  expect((await whoami(token)).json.status.userInfo).toEqual({
    username: 'system:serviceaccount:default:robot',
    uid,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
  })
  await api.h2.request('DELETE', `${root}/secrets/kept`)
  expect((await whoami(token)).status).toBe(401)
})

it.each([
  ['another token than the Secret has', () => claims('a', { extra: 1 }), () => claims('a'), {}],
  ['another account', () => claims('b', { sub: 'system:serviceaccount:default:boss' }), undefined, {}],
  [
    'an account of before',
    () => claims('c', { 'kubernetes.io/serviceaccount/service-account.uid': 'old' }),
    undefined,
    {},
  ],
  [
    'a Secret that is marked',
    () => claims('d'),
    undefined,
    { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' },
  ],
] as const)('%s is no good', async (_, shown, kept, labels) => {
  const token = await sign(shown())
  const name = String(shown()['kubernetes.io/serviceaccount/secret.name'])
  await keep(name, kept === undefined ? token : await sign(kept()), labels)
  expect((await whoami(token)).status).toBe(401)
})

it('a token that somebody else has signed is no good', async () => {
  const token = await sign(claims('forged'), (await createSigningKey()).key)
  await keep('forged', token)
  expect((await whoami(token)).status).toBe(401)
})
