import { ecRequest } from '@kubets/api-types/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer({ runtimeConfig: ['api/all=true'] })
})
afterAll(() => api[Symbol.asyncDispose]())

const send = (method: string, path: string, body?: object) => api.h1.request(method, path, body ? { body } : {})

const request = `-----BEGIN CERTIFICATE REQUEST-----
MIHkMIGMAgEAMCoxFTATBgNVBAoMDHN5c3RlbTpub2RlczERMA8GA1UEAwwIc3lz
-----END CERTIFICATE REQUEST-----
`

describe('a CertificateSigningRequest', () => {
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

  it('is refused with what is wrong with its request', async () => {
    const body = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'bad' },
      spec: {
        request: Buffer.from(request).toString('base64'),
        signerName: 'example.com/s',
        usages: ['client auth'],
        username: 'somebody else',
      },
    }
    const refused = await send('POST', path, body)
    expect(refused.status).toBe(422)
    expect(refused.json.details.causes.map((cause: { field: string }) => cause.field)).toEqual(['spec.request'])
  })

  it('says who asked, and is approved through its own path', async () => {
    const created = await send('POST', path, {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'good' },
      spec: {
        request: Buffer.from(ecRequest).toString('base64'),
        signerName: 'example.com/s',
        usages: ['client auth'],
      },
    })
    expect([created.status, created.json.spec.username, created.json.spec.groups]).toEqual([
      201,
      'kubernetes-admin',
      ['system:masters', 'system:authenticated'],
    ])
    const approved = { type: 'Approved', status: 'True', reason: 'Test', message: 'fine' }
    const direct = await send('PUT', `${path}/good`, { ...created.json, status: { conditions: [approved] } })
    expect(direct.json.status).toEqual({})
    const decided = await send('PUT', `${path}/good/approval`, { ...direct.json, status: { conditions: [approved] } })
    expect(decided.status).toBe(200)
    expect(decided.json.status.conditions[0]).toMatchObject({ ...approved, lastUpdateTime: expect.any(String) })
    const table = await api.h1.request('GET', path, {
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    })
    expect(table.json.rows[0].cells.slice(2)).toEqual(['example.com/s', 'kubernetes-admin', '<none>', 'Approved'])
  })
})

describe('an Event', () => {
  it('is one object in both of its groups', async () => {
    const at = (group: string) => `/${group}/namespaces/default/events`
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e' },
      eventTime: '2024-01-01T00:00:00.000000Z',
      reportingController: 'example.com/c',
      reportingInstance: 'c-1',
      action: 'Do',
      reason: 'Done',
      type: 'Normal',
      note: 'hello',
      regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
    }
    const created = await send('POST', at('apis/events.k8s.io/v1'), body)
    expect([created.status, created.json.note]).toEqual([201, 'hello'])
    const core = await send('GET', `${at('api/v1')}/e`)
    expect(core.json).toMatchObject({ apiVersion: 'v1', message: 'hello', involvedObject: { name: 'p' } })
    const chosen = await send('GET', `${at('apis/events.k8s.io/v1')}?fieldSelector=regarding.name%3Dp`)
    expect(chosen.json.items.map((item: { note: string }) => item.note)).toEqual(['hello'])
    const changed = await send('PUT', `${at('apis/events.k8s.io/v1')}/e`, { ...created.json, note: 'other' })
    expect(changed.json.message).toContain('message: Invalid value: "other": field is immutable')
    expect((await send('PUT', `${at('api/v1')}/e`, { ...core.json, message: 'other' })).status).toBe(200)
  })
})

describe('a ResourceClaim', () => {
  const body = (version: string, devices: object, name: string) => ({
    apiVersion: `resource.k8s.io/${version}`,
    kind: 'ResourceClaim',
    metadata: { name },
    spec: { devices },
  })
  const path = (version: string) => `/apis/resource.k8s.io/${version}/namespaces/default/resourceclaims`

  it('is written in an old version and read in the new one', async () => {
    const devices = { requests: [{ name: 'r', deviceClassName: 'gpu' }] }
    const created = await send('POST', path('v1beta1'), body('v1beta1', devices, 'c'))
    expect([created.status, created.json.spec.devices.requests]).toEqual([
      201,
      [{ name: 'r', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 }],
    ])
    const read = await send('GET', `${path('v1')}/c`)
    expect(read.json.spec.devices.requests).toEqual([
      { name: 'r', exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 } },
    ])
    const deleted = await send('DELETE', `${path('v1beta2')}/c`)
    expect(deleted.json).toMatchObject({ apiVersion: 'resource.k8s.io/v1beta2', kind: 'ResourceClaim' })
  })

  it('gets access to devices of others only where an administrator allows it', async () => {
    const devices = { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu', adminAccess: true } }] }
    const refused = await send('POST', path('v1'), body('v1', devices, 'd'))
    expect([refused.status, refused.json.details.causes[0].field]).toEqual([
      422,
      'spec.devices.requests[0].adminAccess',
    ])
    await api.h1.request('PATCH', '/api/v1/namespaces/default', {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { labels: { 'resource.kubernetes.io/admin-access': 'true' } } },
    })
    expect((await send('POST', path('v1'), body('v1', devices, 'd'))).status).toBe(201)
  })
})

describe('a PriorityClass', () => {
  const path = '/apis/scheduling.k8s.io/v1/priorityclasses'
  const priorityClass = (name: string, more: object) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    ...more,
  })
  const pod = (name: string, spec: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  })

  it('of the system is not deleted', async () => {
    const refused = await send('DELETE', `${path}/system-node-critical`)
    expect([refused.status, refused.json.message]).toEqual([
      403,
      'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted',
    ])
  })

  it('gives pods their priority, also those that name none', async () => {
    expect((await send('POST', path, priorityClass('high', { value: 7, preemptionPolicy: 'Never' }))).status).toBe(201)
    const named = await send('POST', '/api/v1/namespaces/default/pods', pod('named', { priorityClassName: 'high' }))
    expect(named.json.spec).toMatchObject({ priority: 7, preemptionPolicy: 'Never' })
    const unknown = await send('POST', '/api/v1/namespaces/default/pods', pod('x', { priorityClassName: 'none' }))
    expect(unknown.json.message).toContain('no PriorityClass with name none was found')
    expect((await send('POST', path, priorityClass('usual', { value: 3, globalDefault: true }))).status).toBe(201)
    // the cache learns of it a moment later
    await expect
      .poll(
        async () => (await send('POST', path, priorityClass('second', { value: 4, globalDefault: true }))).json.message,
      )
      .toContain('PriorityClass usual is already marked as default. Only one default can exist')
    const silent = await send('POST', '/api/v1/namespaces/default/pods', pod('silent'))
    expect(silent.json.spec).toMatchObject({ priority: 3, priorityClassName: 'usual' })
    await send('DELETE', `${path}/usual`)
  })
})
