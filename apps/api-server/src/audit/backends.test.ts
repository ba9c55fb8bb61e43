import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, systemClock } from '@kubets/component'
import { describe, expect, it } from 'vitest'
import { type AuditBackend, AuditMetrics } from './backend.ts'
import { type BatchOptions, BufferedBackend } from './buffered-backend.ts'
import { type AuditEvent, legacyLine } from './event.ts'
import { truncatingBackend } from './truncating-backend.ts'
import { webhookBackend } from './webhook-backend.ts'

const event = (auditID: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  level: 'Request',
  auditID,
  stage: 'ResponseComplete',
  requestURI: '/api/v1/namespaces/default/pods',
  verb: 'list',
  user: { username: 'jane', groups: ['readers', 'system:authenticated'] },
  sourceIPs: ['192.0.2.1'],
  userAgent: 'kubectl',
  requestReceivedTimestamp: '2026-01-02T03:04:05.000006Z',
  stageTimestamp: '2026-01-02T03:04:05.000007Z',
  ...more,
})
const ids = (events: readonly AuditEvent[]) => events.map(({ auditID }) => auditID)

/** Keeps what it is given; nothing is done with it before `release`. */
function collecting() {
  const batches: string[][] = []
  const gate = Promise.withResolvers<void>()
  const backend: AuditBackend = {
    async process(events) {
      batches.push(ids(events))
      await gate.promise
      return true
    },
    close: async () => {},
  }
  return { backend, batches, release: () => gate.resolve() }
}

describe('a buffer before a slow backend', () => {
  const buffered = (delegate: AuditBackend, metrics: AuditMetrics, batch: Partial<BatchOptions> = {}) =>
    new BufferedBackend({
      delegate,
      plugin: 'webhook',
      batch: { bufferSize: 2, maxBatchSize: 1, maxBatchWait: 60_000, throttle: undefined, inFlight: 1, ...batch },
      metrics,
      clock: systemClock,
      logger: silentLogger(),
    })

  it('holds so many events, drops and counts the others, and sends what it holds when it is closed', async () => {
    const { backend, batches, release } = collecting()
    const metrics = new AuditMetrics()
    const buffer = buffered(backend, metrics)
    for (const id of ['sent', 'held-1', 'held-2', 'dropped']) expect(await buffer.process([event(id)])).toBe(true)
    expect(batches).toEqual([['sent']])
    expect(metrics.errors.get('webhook')).toBe(1)
    release()
    await buffer.close()
    expect(batches).toEqual([['sent'], ['held-1'], ['held-2']])
  })

  it('waits for a batch to fill, but not at its end', async () => {
    const { backend, batches, release } = collecting()
    release()
    const buffer = buffered(backend, new AuditMetrics(), { bufferSize: 10, maxBatchSize: 3 })
    for (const id of ['a', 'b', 'c', 'd']) await buffer.process([event(id)])
    await buffer.close()
    expect(batches).toEqual([['a', 'b', 'c'], ['d']])
  })
})

it('events that are too large lose their objects, and go when that is not enough', async () => {
  const taken: AuditEvent[] = []
  const delegate: AuditBackend = {
    process: async events => {
      taken.push(...events)
      return true
    },
    close: async () => {},
  }
  const metrics = new AuditMetrics()
  const backend = truncatingBackend(delegate, { maxEventSize: 1_000, maxBatchSize: 2_000 }, metrics)
  const big = JSON.stringify({ data: 'x'.repeat(2_000) })
  const success = await backend.process([
    event('small'),
    event('cut', { requestObject: big }),
    event('gone', { requestURI: `/${'y'.repeat(2_000)}` }),
  ])
  expect([success, ids(taken), metrics.errors.get('truncate')]).toEqual([false, ['small', 'cut'], 1])
  expect([taken[1]?.requestObject, taken[1]?.annotations]).toEqual([undefined, { 'audit.k8s.io/truncated': 'true' }])
})

it('a webhook gets an EventList, again when it was not taken the first time', async () => {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    bodies.push(body)
    response.writeHead(bodies.length === 1 ? 503 : 200).end()
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const folder = await mkdtemp(join(tmpdir(), 'kubets-audit-webhook-'))
  try {
    const configFile = join(folder, 'webhook.json')
    const cluster = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/audit` }
    const contexts = [{ name: 'c', context: { cluster: 'c' } }]
    await writeFile(
      configFile,
      JSON.stringify({ clusters: [{ name: 'c', cluster }], contexts, 'current-context': 'c' }),
    )
    const metrics = new AuditMetrics()
    const options = { configFile, initialBackoff: 1, metrics, clock: systemClock, logger: silentLogger() }
    const backend = await webhookBackend(options)
    const object = '{"spec":{"big":9223372036854775807}}'
    expect(await backend.process([event('a', { requestObject: object }), event('b')])).toBe(true)
    await backend.close()
    expect(bodies).toHaveLength(2)
    expect(bodies[1]).toBe(bodies[0])
    expect(bodies[0]).toContain(`"requestObject":${object}`)
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      kind: 'EventList',
      apiVersion: 'audit.k8s.io/v1',
      items: [
        { kind: 'Event', auditID: 'a' },
        { kind: 'Event', auditID: 'b' },
      ],
    })
    expect(metrics.errors.size).toBe(0)
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
})

it('the legacy format is one line', () => {
  const status = { metadata: {}, code: 200 }
  expect(legacyLine(event('id', { responseStatus: status, objectRef: { namespace: 'default' } }))).toBe(
    '2026-01-02T03:04:05.000006Z AUDIT: id="id" stage="ResponseComplete" ip="192.0.2.1" method="list" user="jane" ' +
      'groups="\\"readers\\",\\"system:authenticated\\"" as="<self>" asgroups="<lookup>" user-agent="kubectl" ' +
      'namespace="default" uri="/api/v1/namespaces/default/pods" response="200"',
  )
})
