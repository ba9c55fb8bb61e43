import type { KubeObject, Lease } from '@kubets/api-types'
import { ApiError } from '@kubets/apimachinery'
import { expect, test } from 'vitest'
import { manualClock } from '../manual-clock.ts'
import { type LeaderElectionOptions, LeadershipLostError, runLeaderElection } from './run-leader-election.ts'

/** One Lease with optimistic concurrency. */
function leaseServer() {
  let stored: Lease | undefined
  let version = 0
  const server = {
    down: false,
    get lease() {
      return stored
    },
    client: {
      async get() {
        up()
        if (stored === undefined) throw new ApiError({ code: 404, reason: 'NotFound' })
        return structuredClone(stored)
      },
      async create(_: unknown, object: KubeObject) {
        up()
        if (stored !== undefined) throw new ApiError({ code: 409, reason: 'AlreadyExists' })
        return save(object)
      },
      async update(_: unknown, object: KubeObject) {
        up()
        if (object.metadata?.resourceVersion !== stored?.metadata?.resourceVersion)
          throw new ApiError({ code: 409, reason: 'Conflict' })
        return save(object)
      },
    } as unknown as LeaderElectionOptions['client'],
  }
  function up() {
    if (server.down) throw new Error('down')
  }
  function save(object: KubeObject) {
    stored = structuredClone(object) as Lease
    stored.metadata = { ...stored.metadata, resourceVersion: String(++version) }
    return structuredClone(stored)
  }
  return server
}

function harness() {
  const clock = manualClock()
  const server = leaseServer()
  const log: string[] = []
  const run = (identity: string) => {
    const stop = new AbortController()
    const done = runLeaderElection({
      client: server.client,
      namespace: 'kube-system',
      name: 'kube-scheduler',
      identity,
      clock,
      random: () => 0,
      signal: stop.signal,
      onNewLeader: who => log.push(`${identity} sees ${who}`),
      async lead(signal) {
        log.push(`${identity} leads`)
        await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
        log.push(`${identity} stops`)
      },
    }).catch(error => error)
    return { stop, done }
  }
  const advance = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      await settle()
      clock.advance(500)
    }
    await settle()
  }
  return { clock, server, log, run, advance }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
}

test('the first leads and renews, the second waits and takes over as soon as the lease is released', async () => {
  const { server, log, run, advance } = harness()
  const a = run('a')
  await settle()
  const b = run('b')
  await advance(60_000)
  expect(log).toEqual(['a sees a', 'a leads', 'b sees a'])
  expect(server.lease?.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 })
  expect(server.lease?.spec?.renewTime).toMatch(/^\d{4}-.*\.\d{6}Z$/)
  a.stop.abort()
  expect(await a.done).toBeUndefined()
  expect(server.lease?.spec?.holderIdentity).toBe('')
  await advance(3_000)
  expect(log.slice(3)).toEqual(['a stops', 'b sees b', 'b leads'])
  expect(server.lease?.spec?.leaseTransitions).toBe(1)
  b.stop.abort()
  await b.done
})

test('a lease whose last renewal was broken off by the stop, yet arrived, is released all the same', async () => {
  const { server, run, advance } = harness()
  const a = run('a')
  await advance(4_000)
  const { lease } = server
  // what the server took and the leader never heard of
  await server.client.update(undefined as never, { ...lease } as KubeObject)
  a.stop.abort()
  expect(await a.done).toBeUndefined()
  expect(server.lease?.spec?.holderIdentity).toBe('')
})

test('a leader that cannot renew stops after the renew deadline, before anyone else may lead', async () => {
  const { server, log, run, advance } = harness()
  const a = run('a')
  await advance(4_000)
  server.down = true
  await advance(8_000)
  expect(log).not.toContain('a stops')
  await advance(6_000)
  expect(log).toContain('a stops')
  expect(await a.done).toBeInstanceOf(LeadershipLostError)
})

test('a holder that died is replaced when its lease has not changed for its duration', async () => {
  const { server, log, run, advance } = harness()
  await server.client.create(
    {} as never,
    {
      metadata: { name: 'kube-scheduler', namespace: 'kube-system' },
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 15, leaseTransitions: 4 },
    } as Lease,
  )
  const a = run('a')
  await advance(14_000)
  expect(log).toEqual(['a sees dead'])
  await advance(4_000)
  expect(log).toEqual(['a sees dead', 'a sees a', 'a leads'])
  expect(server.lease?.spec?.leaseTransitions).toBe(5)
  a.stop.abort()
  await a.done
})

test('a short outage does not cost the office', async () => {
  const { server, log, run, advance } = harness()
  const a = run('a')
  await advance(4_000)
  server.down = true
  await advance(5_000)
  server.down = false
  await advance(30_000)
  expect(log).toEqual(['a sees a', 'a leads'])
  a.stop.abort()
  expect(await a.done).toBeUndefined()
})

test('timings that cannot work are refused', async () => {
  const { server } = harness()
  await expect(
    runLeaderElection({
      client: server.client,
      namespace: 'x',
      name: 'y',
      identity: 'z',
      leaseDuration: 5,
      renewDeadline: 10,
      lead: async () => undefined,
      signal: new AbortController().signal,
    }),
  ).rejects.toThrow('leaseDuration must be greater than renewDeadline')
})
