import { expect, it } from 'vitest'
import type { AccessRequest } from '../authorizer.ts'
import { abacAuthorizer } from './abac-authorizer.ts'

// upstream's example of a policy file, and the form from before there were versions
const file = `
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user":"*", "nonResourcePath": "*", "readonly": true}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user":"admin", "namespace": "*", "resource": "*", "apiGroup": "*"}}
# comments and empty lines are skipped

{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"group":"devs", "namespace": "ns", "resource": "pods", "readonly": true}}
{"user":"old", "resource":"events"}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"resource": "secrets", "namespace": "*"}}
`
const abac = abacAuthorizer(file)
const user = (name: string, ...groups: string[]) => ({ name, uid: '', groups: [...groups, 'system:authenticated'] })

const ask = (who: string, groups: string[], verb: string, what: string, namespace = '', group = '') => {
  const path = what.startsWith('/') ? { path: what } : {}
  const asked: AccessRequest = {
    user: user(who, ...groups),
    verb,
    ...path,
    group,
    version: 'v1',
    resource: path.path === undefined ? what : '',
    subresource: '',
    namespace,
    name: '',
  }
  return abac.authorize(asked)
}

it.each<[string, string[], string, string, string, string, boolean]>([
  ['jane', [], 'get', '/metrics', '', '', true],
  ['jane', [], 'post', '/metrics', '', '', false],
  ['admin', [], 'delete', 'nodes', '', '', true],
  ['admin', [], 'create', 'deployments', 'x', 'apps', true],
  ['jane', ['devs'], 'list', 'pods', 'ns', '', true],
  ['jane', ['devs'], 'create', 'pods', 'ns', '', false],
  ['jane', ['devs'], 'list', 'pods', 'other', '', false],
  ['jane', ['devs'], 'list', 'pods', 'ns', 'other', false],
  ['jane', [], 'list', 'pods', 'ns', '', false],
  ['old', [], 'create', 'events', 'any', 'events.k8s.io', true],
  ['old', [], 'get', 'pods', 'any', '', false],
  ['jane', [], 'get', 'secrets', 'ns', '', false],
])('%s in %j may %s %s in %j of %j: %s', (who, groups, verb, what, namespace, group, allowed) => {
  expect(ask(who, groups, verb, what, namespace, group)).toEqual(
    allowed ? { decision: 'allow', reason: '' } : { decision: 'no opinion', reason: 'No policy matched.' },
  )
})

it('lists what somebody may', () => {
  expect(abac.rulesFor(user('jane', 'devs'), 'ns')).toEqual({
    resourceRules: [{ verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] }],
    nonResourceRules: [],
    incomplete: false,
  })
})

it('names the line that is wrong', () => {
  expect(() => abacAuthorizer('{"user":"a"}\n{"user":')).toThrow(/^line 2: {"user":: /)
  expect(() => abacAuthorizer('{"kind":"Policy","apiVersion":"v9","spec":{}}')).toThrow(
    'no kind "Policy" is registered for version "v9"',
  )
})
