import type { KubeObject } from '@kubets/api-types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../../testing/api-server.ts'
import type { AdmissionRequest } from '../../admission.ts'
import { podSecurity } from './index.ts'
import { latest } from './policy.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api?.[Symbol.asyncDispose]())

const label = (labels: Record<string, string>) =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [`pod-security.kubernetes.io/${name}`, value]))
const post = (path: string, body: object) => api.h2.request('POST', path, { body })
const namespace = async (name: string, labels: Record<string, string>) => {
  const made = await post('/api/v1/namespaces', { metadata: { name, labels: label(labels) } })
  expect(made.status).toBe(201)
  return `/api/v1/namespaces/${name}`
}
const relabel = (path: string, labels: Record<string, string>) =>
  api.h2.request('PATCH', path, {
    body: { metadata: { labels: label(labels) } },
    headers: { 'content-type': 'application/merge-patch+json' },
  })
const warnings = (reply: { headers: NodeJS.Dict<string | string[]> }) => {
  const { warning = [] } = reply.headers
  return (Array.isArray(warning) ? warning : [warning]).join(', ')
}
const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})

describe('a namespace', () => {
  it('refuses pods beyond what it enforces, in whole or when they change', async () => {
    const path = await namespace('enforcing', { enforce: 'baseline', 'enforce-version': 'v1.30' })
    const { status, json } = await post(`${path}/pods`, pod('shares', { hostNetwork: true }))
    expect([status, json.reason, json.message]).toEqual([
      403,
      'Forbidden',
      'pods "shares" is forbidden: violates PodSecurity "baseline:v1.30": host namespaces (hostNetwork=true)',
    ])
    expect((await post(`${path}/pods`, pod('plain'))).status).toBe(201)
    const debug = await api.h2.request('PATCH', `${path}/pods/plain/ephemeralcontainers`, {
      body: { spec: { ephemeralContainers: [{ name: 'd', image: 'i', securityContext: { privileged: true } }] } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    })
    expect(debug.json.message).toBe(
      'pods "plain" is forbidden: violates PodSecurity "baseline:v1.30": privileged (container "d" must not set securityContext.privileged=true)',
    )
  })

  it('only warns of templates', async () => {
    const path = await namespace('templates', { enforce: 'baseline' })
    const template = {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] },
    }
    const reply = await post(`${path.replace('/api/v1', '/apis/apps/v1')}/deployments`, {
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: { a: 'b' } }, template },
    })
    expect(reply.status).toBe(201)
    expect(warnings(reply)).toContain('would violate PodSecurity \\"baseline:latest\\": privileged (container')
    const none = await post(`${path}/replicationcontrollers`, { metadata: { name: 'r' }, spec: {} })
    expect(none.status).toBe(422)
  })

  it('warns of what it would refuse', async () => {
    const path = await namespace('warning', { warn: 'restricted' })
    const reply = await post(`${path}/pods`, pod('plain'))
    expect(reply.status).toBe(201)
    expect(warnings(reply)).toContain('would violate PodSecurity \\"restricted:latest\\": allowPrivilegeEscalation')
  })

  it('has labels that make sense', async () => {
    const made = await post('/api/v1/namespaces', {
      metadata: { name: 'odd', labels: label({ enforce: 'strict', 'warn-version': '1.3' }) },
    })
    expect([made.status, made.json.details.causes]).toEqual([
      422,
      [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: "strict": must be one of privileged, baseline, restricted',
          field: 'metadata.labels[pod-security.kubernetes.io/enforce]',
        },
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: "1.3": must be "latest" or "v1.x"',
          field: 'metadata.labels[pod-security.kubernetes.io/warn-version]',
        },
      ],
    ])
    expect((await relabel('/api/v1/namespaces/default', { audit: 'x' })).status).toBe(422)
  })

  it('that becomes stricter tells which of its pods are beyond that', async () => {
    const path = await namespace('stricter', {})
    for (const name of ['b', 'a']) await post(`${path}/pods`, pod(name, { hostNetwork: true }))
    await post(`${path}/pods`, pod('c', { hostPID: true, volumes: [{ name: 'v', hostPath: { path: '/' } }] }))
    await post(`${path}/pods`, pod('fine'))
    const reply = await relabel(path, { enforce: 'baseline' })
    expect([reply.status, warnings(reply)]).toEqual([
      200,
      '299 - "existing pods in namespace \\"stricter\\" violate the new PodSecurity enforce level \\"baseline:latest\\"", ' +
        '299 - "a (and 1 other pod): host namespaces", 299 - "c: host namespaces, hostPath volumes"',
    ])
    expect(warnings(await relabel(path, { enforce: 'privileged' }))).toBe('')
  })
})

describe('the plugin by itself', () => {
  const baseline = { level: 'baseline', version: latest } as const
  const privileged = { level: 'privileged', version: latest } as const
  const plugin = (labels: object, exemptions: object = {}) => {
    return podSecurity({ cache: { get: () => ({ labels }) }, store: {} } as never, {
      defaults: { enforce: baseline, audit: privileged, warn: privileged },
      exemptions: { usernames: [], namespaces: [], runtimeClasses: [], ...exemptions },
    })
  }
  const ask = (spec: object, labels: object, exemptions?: object) => {
    const noted: Record<string, string> = {}
    const context = { audit: { annotate: (key: string, value: string) => (noted[key] = value) }, warnings: undefined }
    const request = {
      operation: 'CREATE',
      entry: { group: '', resource: 'pods' },
      namespace: 'n',
      name: 'p',
      subresource: '',
      object: pod('p', spec) as KubeObject,
      user: { name: 'alice', groups: [], uid: '' },
      context,
    } as unknown as AdmissionRequest
    let refusal: string | undefined
    try {
      void plugin(labels, exemptions).validate?.(request)
    } catch (error) {
      refusal = (error as Error).message
    }
    return {
      refusal,
      noted: Object.fromEntries(Object.entries(noted).map(([key, value]) => [key.split('/')[1], value])),
    }
  }
  const shares = { hostNetwork: true, runtimeClassName: 'vm' }

  it('has defaults for namespaces that say nothing, and tells the audit log what held', () => {
    const { refusal, noted } = ask(shares, {})
    expect(refusal).toContain('violates PodSecurity "baseline:latest"')
    expect(noted).toEqual({ 'enforce-policy': 'baseline:latest' })
    expect(ask(shares, label({ enforce: 'privileged' })).noted).toEqual({ 'enforce-policy': 'privileged:latest' })
    expect(ask(shares, label({ enforce: 'privileged', audit: 'baseline' }))).toEqual({
      refusal: undefined,
      noted: {
        'enforce-policy': 'privileged:latest',
        'audit-violations': 'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
      },
    })
  })

  it('is as strict as can be where the labels cannot be read', () => {
    const { refusal, noted } = ask({}, label({ enforce: 'bad' }))
    expect(refusal).toContain('violates PodSecurity "restricted:latest"')
    expect(noted.error).toBe(
      'Failed to parse policy: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "bad": must be one of privileged, baseline, restricted',
    )
  })

  it.each([
    [{ usernames: ['alice'] }, 'user'],
    [{ namespaces: ['n'] }, 'namespace'],
    [{ runtimeClasses: ['vm'] }, 'runtimeClass'],
  ])('exempts %j', (exemptions, why) => {
    expect(ask(shares, {}, exemptions)).toEqual({ refusal: undefined, noted: { exempt: why } })
  })
})
