import { expect, test } from 'vitest'
import { alwaysAllow } from '../../authorization/authorizer.ts'
import { testApiServer } from '../../testing/api-server.ts'
import { impersonate } from '../impersonate.ts'
import type { RequestContext, UserInfo } from '../request-context.ts'
import { ImpersonationMetrics } from './impersonation-metrics.ts'

const admin: UserInfo = { name: 'admin', uid: '', groups: ['system:masters'] }

type Headers = Record<string, string | string[]>

async function asked(sent: Headers, refuse: (resource: string) => boolean = () => false) {
  const questions: string[] = []
  // as Node gives them: joined
  const headers = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value].flat().join(', ')]))
  const headerValues = (name: string) => [sent[name] ?? []].flat()
  const plain = { group: '', version: 'v1', subresource: '', name: '' }
  const info = {
    ...plain,
    isResourceRequest: true,
    verb: 'list',
    resource: 'pods',
    namespace: 'ns',
    query: new URLSearchParams(),
  }
  const context = { exchange: { headers, headerValues }, info, user: admin } as unknown as RequestContext
  const step = impersonate(
    {
      ...alwaysAllow,
      authorize(request) {
        const { user, verb, group, resource, subresource, namespace, name } = request
        questions.push([user.name, verb, group, resource, subresource, namespace, name].join(' '))
        return { decision: refuse(resource) ? 'no opinion' : 'allow', reason: '' }
      },
    },
    new ImpersonationMetrics(),
  )
  await step(context)
  return { user: context.user, questions }
}

test.each<[string, Headers, Partial<UserInfo>]>([
  ['nobody', { accept: '*/*' }, admin],
  ['a user', { 'impersonate-user': 'ann' }, { name: 'ann', uid: '', groups: ['system:authenticated'] }],
  [
    'a user in groups',
    { 'impersonate-user': 'ann', 'impersonate-group': ['a', 'b, and c'] },
    { groups: ['a', 'b, and c', 'system:authenticated'] },
  ],
  [
    'one who is not authenticated',
    { 'impersonate-user': 'ann', 'impersonate-group': 'system:unauthenticated' },
    { groups: ['system:unauthenticated'] },
  ],
  ['anybody', { 'impersonate-user': 'system:anonymous' }, { groups: ['system:unauthenticated'] }],
  [
    'a service account',
    { 'impersonate-user': 'system:serviceaccount:ns:robot' },
    { groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'] },
  ],
  [
    'a uid and extras',
    { 'impersonate-user': 'ann', 'impersonate-uid': '7', 'impersonate-extra-example.com%2fscope': 'x' },
    { uid: '7', extra: { 'example.com/scope': ['x'] } },
  ],
])('on behalf of %s', async (_name, headers, user) => {
  expect((await asked(headers)).user).toMatchObject(user)
})

test('asks about each thing that is taken on, as the one who asks', async () => {
  const { questions } = await asked({
    'impersonate-user': 'system:serviceaccount:ns:robot',
    'impersonate-group': ['a', 'b'],
    'impersonate-uid': '7',
    'impersonate-extra-scope': 'x',
  })
  expect(questions).toEqual([
    'admin impersonate  serviceaccounts  ns robot',
    'admin impersonate authentication.k8s.io uids   7',
    'admin impersonate  groups   a',
    'admin impersonate  groups   b',
    'admin impersonate authentication.k8s.io userextras scope  x',
  ])
  expect((await asked({ 'impersonate-user': 'ann', 'impersonate-group': 'a' })).questions).toEqual([
    'admin impersonate-on:user-info:list  pods  ns ',
    'admin impersonate:user-info authentication.k8s.io users   ann',
    'admin impersonate:user-info authentication.k8s.io groups   a',
  ])
})

test('refuses who may not, and groups of nobody', async () => {
  await expect(asked({ 'impersonate-user': 'ann' }, resource => resource === 'users')).rejects.toThrow(
    'users.authentication.k8s.io "ann" is forbidden: User "admin" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope',
  )
  await expect(asked({ 'impersonate-group': 'a' })).rejects.toThrow(
    'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a"}, Extra:map[string][]string(nil)} without impersonating a user name',
  )
})

test.each(['h1', 'h2'] as const)('keeps apart what a header says that is sent several times (%s)', async protocol => {
  await using api = await testApiServer()
  const { json } = await api[protocol].request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    headers: {
      'impersonate-user': 'ann',
      'impersonate-group': ['a', 'b, and c'],
      'impersonate-extra-x': ['1, 2', '3'],
    },
  })
  expect(json.status.userInfo).toMatchObject({
    groups: ['a', 'b, and c', 'system:authenticated'],
    extra: { x: ['1, 2', '3'] },
  })
})
