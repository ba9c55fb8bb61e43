import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { once } from 'node:events'
import { type ClientHttp2Session, connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { http2Request, renewTablesOf, requestsOfTables, withPlainBind } from './http2-request.ts'
import { countedBinds } from './testing.ts'

async function sessionToServer(): Promise<ClientHttp2Session> {
  const server = createServer((request, response) => {
    if (request.url !== '/never') response.end('answer')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => {
    session.destroy()
    server.close()
  })
  await once(session, 'connect')
  return session
}

async function answered(session: ClientHttp2Session, path = '/'): Promise<string> {
  const stream = http2Request(session, { ':path': path })
  return (await stream.setEncoding('utf8').toArray()).join('')
}

/** What `node:http2` holds by these names today: where this fails, it holds requests in other ways. */
function tablesOf(session: ClientHttp2Session): { streams: Map<number, unknown>; pendingStreams: Set<unknown> } {
  const state = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'state')
  return { ...Reflect.get(session, state as symbol) }
}

describe('a request that was answered', () => {
  test('stands in no table that grows old', async () => {
    const session = await sessionToServer()
    const never = http2Request(session, { ':path': '/never' })
    const before = tablesOf(session)
    for (let i = 2; i < requestsOfTables; i++) await answered(session)
    expect(tablesOf(session).streams).toBe(before.streams)
    expect(await answered(session)).toBe('answer')
    const after = tablesOf(session)
    expect([after.streams === before.streams, after.pendingStreams === before.pendingStreams]).toEqual([false, false])
    // what is under way is known on, and ends with its session
    await expect.poll(() => [...after.streams.values()]).toEqual([never])
    session.destroy()
    await once(never, 'close')
  })

  test('was begun without a function that has a hidden class of its own', async () => {
    const session = await sessionToServer()
    using binds = countedBinds()
    expect(await answered(session)).toBe('answer')
    expect(binds.count).toBe(0)
    // Node has not changed its ways: any other request still is bound so
    await session.request({ ':path': '/' }).toArray()
    expect(binds.count).toBe(1)
  })

  test('is refused by a session that is closed, as ever', async () => {
    const session = await sessionToServer()
    session.destroy()
    const refusal = async () => {
      const stream = http2Request(session, { ':path': '/' })
      throw (await once(stream, 'error'))[0]
    }
    await expect(refusal()).rejects.toMatchObject({ code: 'ERR_HTTP2_INVALID_SESSION' })
  })
})

test.each([{}, { a: 1 }, { [Symbol('state')]: { streams: 5 } }])(
  'a session made otherwise is left as it is',
  session => {
    const before = JSON.stringify(session)
    renewTablesOf(session)
    expect(JSON.stringify(session)).toBe(before)
  },
)

describe('a plainer bind', () => {
  test.each([undefined, { own: true }])('calls as the one of Node does, with %o for this', thisArg => {
    const store = new AsyncLocalStorage<string>()
    const resource = store.run('inside', () => new AsyncResource('test'))
    const seen = function (this: unknown, ...args: unknown[]) {
      return [this, args, store.getStore()]
    }
    const caller = { caller: true }
    const args = [seen, thisArg] as unknown as [typeof seen]
    const plain = withPlainBind(() => resource.bind(...args))
    const nodes = resource.bind(...args)
    expect(plain.call(caller, 1, 'b')).toEqual([thisArg ?? caller, [1, 'b'], 'inside'])
    expect(nodes.call(caller, 1, 'b')).toEqual([thisArg ?? caller, [1, 'b'], 'inside'])
    expect(Object.hasOwn(plain, 'asyncResource')).toBe(false)
  })

  test('is there only while a call begins, also when that fails', () => {
    const { bind } = AsyncResource.prototype
    expect(withPlainBind(() => AsyncResource.prototype.bind)).not.toBe(bind)
    expect(AsyncResource.prototype.bind).toBe(bind)
    const fail = () => {
      throw new Error('no connection')
    }
    expect(() => withPlainBind(fail)).toThrow('no connection')
    expect(AsyncResource.prototype.bind).toBe(bind)
  })
})
