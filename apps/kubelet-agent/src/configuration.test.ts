import { UsageError } from '@kubets/component'
import { expect, test } from 'vitest'
import { parseConfiguration, parsePairs, parseTaint } from './configuration.ts'

const head = { kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1' }
const parse = (fields: object) => parseConfiguration({ ...head, ...fields }, 'kubelet.yaml')

test('a KubeletConfiguration becomes options', () => {
  const found = parse({
    clusterDNS: ['10.96.0.10'],
    maxPods: 20,
    nodeStatusUpdateFrequency: '5s',
    containerLogMaxSize: '1Mi',
    tlsCertFile: '/a.crt',
    authentication: { x509: { clientCAFile: '/ca.crt' }, anonymous: { enabled: false }, webhook: { cacheTTL: '1m' } },
    authorization: { mode: 'AlwaysAllow', webhook: { cacheAuthorizedTTL: '0s', cacheUnauthorizedTTL: '10s' } },
    tlsMinVersion: 'VersionTLS13',
    tlsCipherSuites: ['TLS_AES_128_GCM_SHA256'],
    healthzPort: 0,
    evictionHard: { 'memory.available': '1Gi' },
  })
  expect(found.options).toEqual({
    clusterDns: ['10.96.0.10'],
    maxPods: 20,
    nodeStatusUpdateFrequency: 5_000,
    containerLogMaxSize: 1_048_576,
    auth: { anonymous: false, tokenTtl: 60_000, mode: 'AlwaysAllow', unauthorizedTtl: 10_000 },
  })
  expect(found.tls).toEqual({ minVersion: 'VersionTLS13', cipherSuites: ['TLS_AES_128_GCM_SHA256'] })
  expect(found.files).toEqual({ tlsCert: '/a.crt', clientCa: '/ca.crt' })
  expect(found.healthz).toEqual({ port: 0 })
  expect(found.ignored).toEqual(['evictionHard'])
})

test.each([
  [{ maxPods: 'many' }, 'kubelet.yaml: maxPods must be a whole number'],
  [{ nodeStatusUpdateFrequency: 'soon' }, 'kubelet.yaml: nodeStatusUpdateFrequency must be a duration such as 10s'],
  [{ clusterDNS: '10.96.0.10' }, 'kubelet.yaml: clusterDNS must be a list of strings'],
  [
    { authorization: { mode: 'Sometimes' } },
    'kubelet.yaml: authorization.mode must be Webhook or AlwaysAllow, not "Sometimes"',
  ],
  [
    { authentication: { anonymous: { enabled: 'yes' } } },
    'kubelet.yaml: authentication.anonymous.enabled must be true or false',
  ],
  [{ kind: 'Pod' }, 'kubelet.yaml: kind KubeletConfiguration of apiVersion kubelet.config.k8s.io/v1beta1 is needed'],
])('%o is refused', (fields, message) => {
  expect(() => parse(fields)).toThrow(new UsageError(message))
})

test('taints and pairs are read from flags', () => {
  expect(parseTaint('a=b:NoSchedule')).toEqual({ key: 'a', value: 'b', effect: 'NoSchedule' })
  expect(parseTaint('a:NoExecute')).toEqual({ key: 'a', effect: 'NoExecute' })
  expect(() => parseTaint('a=b')).toThrow(UsageError)
  expect(parsePairs('node-labels', ['a=b', 'c='])).toEqual({ a: 'b', c: '' })
  expect(() => parsePairs('node-labels', ['a'])).toThrow(
    'invalid argument "a" for "--node-labels" flag: must be <key>=<value>',
  )
})
