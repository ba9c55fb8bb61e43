import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer({ tokens: 'secret,jane,u-1,"developers,admins"' })
})
afterAll(() => api[Symbol.asyncDispose]())

const post = (group: string, resource: string, kind: string, spec: object, more: object = {}) =>
  api.h2.request('POST', `/apis/${group}/v1/${resource}`, {
    body: { apiVersion: `${group}/v1`, kind, spec, ...more },
  })
const tokenReview = (token: string) => post('authentication.k8s.io', 'tokenreviews', 'TokenReview', { token })
const access = (spec: object, more?: object) =>
  post('authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview', spec, more)

it('who the asker is', async () => {
  const reply = await post('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview', {})
  expect(reply.status).toBe(201)
  expect(reply.json.status.userInfo).toEqual({
    username: 'kubernetes-admin',
    groups: ['system:masters', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
  })
  expect(reply.json.metadata.creationTimestamp).toMatch(/Z$/)
})

it('whose token it is', async () => {
  expect((await tokenReview('secret')).json.status).toEqual({
    authenticated: true,
    user: { username: 'jane', uid: 'u-1', groups: ['developers', 'admins', 'system:authenticated'] },
  })
  expect((await tokenReview('guess')).json.status).toEqual({ user: {}, error: 'invalid bearer token' })
  expect((await tokenReview('')).json.message).toBe('token is required for TokenReview in authentication')
})

it('whether somebody may', async () => {
  const reply = await access({ user: 'jane', resourceAttributes: { verb: 'get', resource: 'pods' } })
  expect(reply.json.status).toEqual({ allowed: true })
  const path = await access({ groups: ['g'], nonResourceAttributes: { verb: 'get', path: '/metrics' } })
  expect(path.json.status).toEqual({ allowed: true })
})

it.each([
  [{}, {}, ['spec.resourceAttributes', 'spec.user']],
  [{ user: 'a', resourceAttributes: {}, nonResourceAttributes: {} }, {}, ['spec.nonResourceAttributes']],
  [{ user: 'a', resourceAttributes: {} }, { metadata: { name: 'x' } }, ['metadata']],
  [
    { user: 'a', resourceAttributes: { fieldSelector: {}, labelSelector: { rawSelector: 'a', requirements: [{}] } } },
    {},
    [
      'spec.resourceAttributes.fieldSelector.requirements',
      'spec.resourceAttributes.labelSelector.rawSelector',
      'spec.resourceAttributes.labelSelector.requirements[0].key',
    ],
  ],
])('a question that is none is refused: %j', async (spec, more, fields) => {
  const reply = await access(spec, more)
  expect(reply.status).toBe(422)
  const told = reply.json.details.causes.map((cause: { field: string }) => cause.field)
  expect([...new Set(told)]).toEqual(fields)
})

it('a selector that cannot be read is left out, and said', async () => {
  const attributes = (fieldSelector: object) => ({ user: 'a', resourceAttributes: { verb: 'list', fieldSelector } })
  const partly = await access(
    attributes({
      requirements: [
        { key: 'a', operator: 'In', values: ['b'] },
        { key: 'a', operator: 'Newer' },
      ],
    }),
  )
  expect(partly.json.status.evaluationError).toBe(
    'spec.resourceAttributes.fieldSelector partially ignored due to parse error',
  )
})

it('what the asker may in a namespace', async () => {
  const review = (namespace: string) =>
    post('authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', { namespace })
  expect((await review('default')).json.status).toEqual({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  })
  expect((await review('')).json.message).toBe('no namespace on request')
})

it('a local question is about its own namespace', async () => {
  const ask = (namespace: string) =>
    api.h2.request('POST', '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews', {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'LocalSubjectAccessReview',
        spec: { user: 'a', resourceAttributes: { namespace, verb: 'get', resource: 'pods' } },
      },
    })
  expect((await ask('default')).json.status).toEqual({ allowed: true })
  expect((await ask('other')).json.details.causes[0].field).toBe('spec.resourceAttributes.namespace')
})

it('with AlwaysDeny nothing is allowed, and a review would say why', async () => {
  await using denied = await testApiServer({ authorization: ['AlwaysDeny'] })
  const reply = await denied.h2.request('GET', '/api/v1/pods', { headers: { 'impersonate-user': 'jane' } })
  expect(reply.status).toBe(403)
  expect(reply.json.message).toContain('Everything is forbidden.')
})
