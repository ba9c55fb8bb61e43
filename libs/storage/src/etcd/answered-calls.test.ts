import type { ClientHttp2Session } from 'node:http2'
import { Metadata, type ServiceError } from '@grpc/grpc-js'
import { countedBinds } from '@kubets/component/testing'
import { describe, expect, test } from 'vitest'
import { CallTables } from './answered-calls.ts'
import { callDirectly } from './direct-call.ts'
import { type Member, newMember } from './member.ts'
import { decodeRange, encodeRange } from './messages.ts'
import { startEtcdServer } from './server.ts'

/** One call, as soon as the member is connected. */
async function get(member: Member): Promise<void> {
  const deadline = Date.now() + 15_000
  await new Promise<void>((resolve, reject) => member.client.waitForReady(deadline, e => (e ? reject(e) : resolve())))
  const answer = await new Promise<Buffer>((resolve, reject) => {
    const done = (error: ServiceError | undefined, bytes: Buffer | undefined) =>
      bytes === undefined ? reject(error) : resolve(bytes)
    const path = '/etcdserverpb.KV/Range'
    callDirectly(member.connected, member.authority, path, new Metadata(), encodeRange({ key: 'a' }), done)
  })
  expect(decodeRange(answer).revision).toBeGreaterThan(0)
}

interface Inside {
  activeCalls: Set<unknown>
  session: ClientHttp2Session & Record<symbol, { streams: Map<number, unknown> }>
}

function insideOf({ connected }: Member): Inside {
  const { subchannel } = connected.picker?.pick({ metadata: new Metadata(), extraPickInfo: {} }) ?? {}
  const connection: unknown = subchannel?.getRealSubchannel()
  return (connection as { transport: Inside }).transport
}

/** What `node:http2` and grpc-js hold by these names today: where this fails, they hold calls in other ways. */
function tablesOf(member: Member) {
  const { activeCalls, session } = insideOf(member)
  const state = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'state') as symbol
  return { calls: activeCalls, streams: session[state]?.streams as Map<number, unknown> }
}

describe('a call to etcd that was answered', () => {
  test('stands in no table that grows old', async () => {
    await using server = await startEtcdServer()
    const member = newMember(server.endpoint, {})
    try {
      await get(member)
      const before = tablesOf(member)
      for (let i = 0; i < 130; i++) await get(member)
      const after = tablesOf(member)
      expect([after.calls === before.calls, after.streams === before.streams]).toEqual([false, false])
      await expect.poll(() => [after.calls.size, after.streams.size], { timeout: 15_000 }).toEqual([0, 0])
    } finally {
      member.client.close()
      member.forget()
    }
  })

  test('was begun without a function that has a hidden class of its own', async () => {
    await using server = await startEtcdServer()
    const member = newMember(server.endpoint, {})
    try {
      await get(member)
      using binds = countedBinds()
      await get(member)
      expect(binds.count).toBe(0)
      // Node has not changed its ways: any other request still is bound so
      const stream = insideOf(member).session.request({ ':path': '/' })
      stream.on('error', () => undefined).close()
      expect(binds.count).toBe(1)
    } finally {
      member.client.close()
      member.forget()
    }
  })
})

describe('tables of a connection made otherwise', () => {
  test.each([{}, { transport: null }, { transport: { activeCalls: 5, session: {} } }])(
    '%j is left as it is',
    connection => {
      const before = JSON.stringify(connection)
      const tables = new CallTables()
      for (let i = 0; i < 300; i++) tables.counted(connection)
      expect(JSON.stringify(connection)).toBe(before)
    },
  )
})
