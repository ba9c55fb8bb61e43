import type { CertificateSigningRequest } from '@kubets/api-types'
import type { RequestedNames } from '@kubets/pki'
import { describe, expect, test } from 'vitest'
import { permissionsFor } from './approver.ts'
import { apiServerClientError, kubeletClientError, kubeletServingError } from './kubelet-request.ts'
import { validity } from './validity.ts'

const none = { dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] }
const node: RequestedNames = { commonName: 'system:node:a', organizations: ['system:nodes'], ...none }
const client = ['client auth', 'digital signature', 'key encipherment']
const server = ['server auth', 'digital signature', 'key encipherment']

test.each<[string, RequestedNames, string[], string | undefined]>([
  ['a node', node, client, undefined],
  ['no key encipherment', node, client.slice(0, 2), undefined],
  [
    'no digital signature',
    node,
    ['client auth', 'key encipherment'],
    'usages did not match [client auth digital signature key encipherment]',
  ],
  [
    'one usage more',
    node,
    [...client, 'server auth'],
    'usages did not match [client auth digital signature key encipherment]',
  ],
  ['another group', { ...node, organizations: ['system:masters'] }, client, 'subject organization is not system:nodes'],
  [
    'one group more',
    { ...node, organizations: ['system:nodes', 'system:masters'] },
    client,
    'subject organization is not system:nodes',
  ],
  ['a name', { ...node, dnsNames: ['a'] }, client, 'DNS subjectAltNames are not allowed'],
  ['an address', { ...node, ipAddresses: ['10.0.0.1'] }, client, 'IP subjectAltNames are not allowed'],
  ['a user', { ...node, commonName: 'a' }, client, 'subject common name does not begin with system:node:'],
])('a client certificate for a kubelet with %s', (_, names, usages, expected) => {
  expect(kubeletClientError(names, usages)).toBe(expected)
})

test('a serving certificate needs a name or an address, and serves only', () => {
  expect(kubeletServingError(node, server)).toBe('DNS or IP subjectAltName is required')
  expect(kubeletServingError({ ...node, ipAddresses: ['10.0.0.1'] }, server)).toBeUndefined()
  expect(kubeletServingError({ ...node, ipAddresses: ['10.0.0.1'] }, client)).toContain('usages did not match')
})

test('a client certificate of the API server is for clients only', () => {
  expect(apiServerClientError(client)).toBeUndefined()
  expect(apiServerClientError(['server auth'])).toBe('invalid usage for client certificate: server auth')
  expect(apiServerClientError(['digital signature'])).toBe('missing required usage for client certificate: client auth')
})

test.each([
  ['its own name', 'system:node:a', 'kubernetes.io/kube-apiserver-client-kubelet', ['selfnodeclient', 'nodeclient']],
  ['a bootstrap token', 'system:bootstrap:abcdef', 'kubernetes.io/kube-apiserver-client-kubelet', ['nodeclient']],
  ['another signer', 'system:node:a', 'kubernetes.io/kube-apiserver-client', []],
])('who asks with %s needs a permission', (_, username, signerName, expected) => {
  const request = { spec: { username, signerName, usages: client } } as unknown as CertificateSigningRequest
  expect(permissionsFor(request, node)).toEqual(expected)
})

describe('a life', () => {
  const minute = 60_000
  const year = 525_600 * minute
  test.each<[string, number | undefined, number, number, number]>([
    ['of the longest', undefined, year, 10 * year, year - 5 * minute],
    ['that is asked for', 86_400, year, 10 * year, 1_435 * minute],
    ['that is short keeps its end', 3_600, year, 10 * year, 60 * minute],
    ['that is too short', 60, year, 10 * year, 10 * minute],
    ['that is too long', 1_000_000_000, year, 10 * year, year - 5 * minute],
    ['that outlives the authority', undefined, year, minute, minute],
  ])('%s', (_, seconds, longest, end, expected) => {
    expect(validity(seconds, longest, end, 0)).toEqual({ notBefore: -5 * minute, notAfter: expected })
  })
  test('of an authority that is over', () => {
    expect(() => validity(undefined, year, minute, 2 * minute)).toThrow('refusing to sign')
    expect(() => validity(undefined, year, minute, 7 * minute)).toThrow('the signer has expired')
  })
})
