import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseFlags } from '@kubets/component'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { http1Client } from '../testing/http-client.ts'
import { auditFlags, auditOptions } from './flags.ts'

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    nonResourceURLs: ['/livez*']
  - level: Metadata
    resources: [{ group: '', resources: [secrets] }]
  - level: RequestResponse
    omitManagedFields: true
    resources: [{ group: '', resources: [configmaps] }]
  - level: Request
    resources: [{ group: '', resources: [pods, 'pods/*'] }]
  - level: Metadata
    omitStages: []
`

interface Event {
  level: string
  stage: string
  auditID: string
  verb: string
  requestURI: string
  user: { username?: string; groups?: string[] }
  impersonatedUser?: { username: string; groups: string[] }
  objectRef?: Record<string, string>
  responseStatus?: { code: number; status?: string; reason?: string; message?: string }
  requestObject?: { metadata?: object; data?: object; spec?: object }
  responseObject?: { kind: string; metadata: { managedFields?: object; uid?: string }; items?: object[] }
  annotations?: Record<string, string>
  sourceIPs: string[]
}

let folder: string
let api: TestApiServer
const logFile = () => join(folder, 'log', 'audit.log')

/** The events of one request, once as many as wanted are there. */
async function eventsOf(auditId: string, count = 1): Promise<Event[]> {
  const read = async () => {
    const lines = (await readFile(logFile(), 'utf8')).split('\n').filter(line => line !== '')
    return lines.map(line => JSON.parse(line) as Event).filter(event => event.auditID === auditId)
  }
  await expect.poll(async () => (await read()).length).toBeGreaterThanOrEqual(count)
  return read()
}

const options = (flags: string[]) => auditOptions(parseFlags(auditFlags, flags).values)
const ask = async (method: string, path: string, more: { body?: object; headers?: Record<string, string> } = {}) => {
  const response = await api.h2.request(method, path, more)
  return { ...response, auditId: String(response.headers['audit-id']) }
}
const path = '/api/v1/namespaces/default'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-audit-'))
  await writeFile(join(folder, 'policy.yaml'), policy)
  const audit = options([`--audit-policy-file=${join(folder, 'policy.yaml')}`, `--audit-log-path=${logFile()}`])
  api = await testApiServer({ audit, tokens: 'secret-token,jane,1,"readers"' })
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('what the policy asks for is written down', () => {
  it('RequestResponse: both objects, without managers where they are left out', async () => {
    const body = { metadata: { name: 'one' }, data: { big: '9223372036854775807' } }
    const { auditId, json } = await ask('POST', `${path}/configmaps`, { body })
    const [event] = await eventsOf(auditId)
    expect(event).toMatchObject({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      stage: 'ResponseComplete',
      verb: 'create',
      requestURI: `${path}/configmaps`,
      user: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
      sourceIPs: ['127.0.0.1'],
      objectRef: { resource: 'configmaps', namespace: 'default', name: 'one', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: { data: body.data },
      responseObject: { kind: 'ConfigMap', data: body.data },
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    })
    expect(json.metadata.managedFields).toBeDefined()
    expect(event?.responseObject?.metadata.managedFields).toBeUndefined()
  })

  it('RequestResponse of a list holds its items', async () => {
    const [event] = await eventsOf((await ask('GET', `${path}/configmaps`)).auditId)
    expect(event?.responseObject).toMatchObject({ kind: 'ConfigMapList', items: [{ data: {} }] })
  })

  it('Metadata: no object, whatever is in it', async () => {
    const body = { metadata: { name: 'hidden' }, stringData: { password: 'never-in-a-log' } }
    const { auditId } = await ask('POST', `${path}/secrets`, { body })
    const [event] = await eventsOf(auditId)
    expect(event).toMatchObject({ level: 'Metadata', objectRef: { name: 'hidden' }, responseStatus: { code: 201 } })
    expect(JSON.stringify(event)).not.toContain('never-in-a-log')
  })

  it('Request: a patch as it was sent, and no answer', async () => {
    await ask('POST', `${path}/pods`, {
      body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    })
    const { auditId } = await ask('PATCH', `${path}/pods/p`, {
      body: { metadata: { labels: { a: 'b' } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    const [event] = await eventsOf(auditId)
    expect(event?.requestObject).toEqual({ metadata: { labels: { a: 'b' } } })
    expect(event?.responseObject).toBeUndefined()
  })

  it('an error in its own words', async () => {
    const [event] = await eventsOf((await ask('GET', `${path}/pods/none`)).auditId)
    expect(event?.responseStatus).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'pods "none" not found',
      reason: 'NotFound',
      details: { name: 'none', kind: 'pods' },
      code: 404,
    })
  })

  it('a watch when it begins and when it ends', async () => {
    const { auditId } = await ask('GET', `${path}/pods?watch=true&timeoutSeconds=1`)
    const events = await eventsOf(auditId, 2)
    expect(events.map(({ stage }) => stage)).toEqual(['ResponseStarted', 'ResponseComplete'])
  })

  it('on whose behalf it was done', async () => {
    const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'readers' }
    const [event] = await eventsOf((await ask('GET', `${path}/secrets`, { headers })).auditId)
    expect(event).toMatchObject({
      user: { username: 'kubernetes-admin' },
      impersonatedUser: { username: 'jane', groups: ['readers', 'system:authenticated'] },
    })
  })

  it('who could not come in, and how they tried', async () => {
    const headers = { authorization: 'Bearer wrong', 'audit-id': 'try-1' }
    await using anonymous = http1Client(api.connection)
    const response = await anonymous.request('GET', `${path}/pods`, { headers })
    expect([response.status, response.headers['audit-id']]).toEqual([401, 'try-1'])
    const events = await eventsOf('try-1')
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      stage: 'ResponseStarted',
      user: {},
      responseStatus: { message: 'Authentication failed, attempted: bearer', code: 401 },
    })
    expect(await readFile(logFile(), 'utf8')).not.toContain('Bearer wrong')
  })

  it('nothing where the level is None, and a file for its owner only', async () => {
    const { auditId } = await ask('GET', '/livez')
    await eventsOf((await ask('GET', `${path}/secrets`)).auditId)
    expect(await eventsOf(auditId, 0)).toEqual([])
    expect((await stat(logFile())).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'log'))).mode & 0o777).toBe(0o700)
  })

  it('is counted', async () => {
    const { text } = await ask('GET', '/metrics')
    expect(text).toMatch(/^apiserver_audit_event_total \d+$/m)
    expect(text).toMatch(/^apiserver_audit_level_total\{level="RequestResponse"\} \d+$/m)
    expect(text).toMatch(/^apiserver_audit_requests_rejected_total 0$/m)
  })
})

describe('blocking-strict', () => {
  it('lets no request pass that cannot be written down', async () => {
    const own = await mkdtemp(join(tmpdir(), 'kubets-audit-'))
    await writeFile(join(own, 'policy.yaml'), 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Metadata }]')
    const refusing = createServer((_, response) => response.writeHead(500).end()).listen(0, '127.0.0.1')
    await new Promise(resolve => refusing.once('listening', resolve))
    const server = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`
    const kubeconfig = {
      clusters: [{ name: 'c', cluster: { server } }],
      contexts: [{ name: 'c', context: { cluster: 'c' } }],
      'current-context': 'c',
    }
    await writeFile(join(own, 'webhook.json'), JSON.stringify(kubeconfig))
    const audit = options([
      `--audit-policy-file=${join(own, 'policy.yaml')}`,
      `--audit-webhook-config-file=${join(own, 'webhook.json')}`,
      '--audit-webhook-mode=blocking-strict',
      '--audit-webhook-initial-backoff=1ms',
    ])
    try {
      await using strict = await testApiServer({ audit })
      const { status, json } = await strict.h2.request('GET', `${path}/pods`)
      expect([status, json.message]).toEqual([500, 'Internal error occurred: failed to store audit event'])
    } finally {
      refusing.close()
      await rm(own, { recursive: true, force: true })
    }
  })
})

describe('a log that has grown to its limit', () => {
  it('is moved aside, and only so many are kept', async () => {
    const { RotatingFile } = await import('./rotating-file.ts')
    const own = await mkdtemp(join(tmpdir(), 'kubets-audit-'))
    let now = Date.parse('2026-01-02T03:04:05.000Z')
    const clock = { now: () => now, after: () => () => undefined }
    const file = await RotatingFile.open({
      path: join(own, 'audit.log'),
      maxSize: 10,
      maxAge: 0,
      maxBackups: 2,
      compress: true,
      clock,
    })
    for (const text of ['one-----\n', 'two-----\n', 'three---\n', 'four----\n']) {
      await file.write(text)
      now += 1000
    }
    await file.close()
    expect((await readdir(own)).sort()).toEqual([
      'audit-2026-01-02T03-04-07.000.log.gz',
      'audit-2026-01-02T03-04-08.000.log.gz',
      'audit.log',
    ])
    expect(await readFile(join(own, 'audit.log'), 'utf8')).toBe('four----\n')
    await rm(own, { recursive: true, force: true })
  })
})
