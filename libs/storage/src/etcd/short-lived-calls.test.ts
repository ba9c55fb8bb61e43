import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { callDirectly, keptConnection } from './direct-call.ts'
import { decodeRange, encodeRange } from './messages.ts'
import { startEtcdServer } from './server.ts'
import { renewTables, shortLived } from './short-lived-calls.ts'

test('the tables of this Node and of this grpc-js are found, and calls under way come back over new ones', async () => {
  await using server = await startEtcdServer()
  using kept = keptConnection()
  const authority = server.endpoint.replace('http://', '')
  const client = new Client(authority, credentials.createInsecure(), kept.options)
  try {
    await new Promise<void>((resolve, reject) =>
      client.waitForReady(Date.now() + 30_000, error => (error ? reject(error) : resolve())),
    )
    const connection = kept.connected.picker
      ?.pick({ metadata: new Metadata(), extraPickInfo: {} })
      .subchannel?.getRealSubchannel()
    if (connection === undefined) throw new Error('grpc-js has no connection')
    const read = () =>
      new Promise((resolve, reject) =>
        callDirectly(
          kept.connected,
          authority,
          '/etcdserverpb.KV/Range',
          new Metadata(),
          encodeRange({ key: '/a' }),
          (error, answer) => (error || !answer ? reject(error) : resolve(decodeRange(answer).count)),
        ),
      )
    const reads = Array.from({ length: 10 }, read)
    expect(renewTables(connection)).toEqual(['activeCalls', 'streams', 'pendingStreams'])
    expect(await Promise.all(reads)).toEqual(new Array(10).fill(0))
    expect(renewTables(connection)).toEqual(['activeCalls', 'streams', 'pendingStreams'])
    expect(await read()).toBe(0)
  } finally {
    client.close()
  }
})

test('something else has no tables', () => {
  for (const other of [{}, { transport: null }, { transport: { activeCalls: 1, session: {} } }])
    expect(renewTables(other)).toEqual([])
})

test('what is bound while a call begins runs in its own context, and binding is what it was before', () => {
  const { bind } = AsyncResource.prototype
  const context = new AsyncLocalStorage<string>()
  const bound = shortLived(() => {
    const resource = context.run('its own', () => new AsyncResource('call'))
    return resource.bind(function (this: unknown, more: string) {
      return [this, context.getStore(), more]
    })
  })
  expect(bound.call('receiver', 'more')).toEqual(['receiver', 'its own', 'more'])
  expect(AsyncResource.prototype.bind).toBe(bind)
  expect(() =>
    shortLived(() => {
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(AsyncResource.prototype.bind).toBe(bind)
})
