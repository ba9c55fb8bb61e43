import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { requestBytes } from './connection.ts'
import { openCrowd, runLoad } from './load.ts'
import { onRequests, startScriptedServer } from './scripted-server.ts'

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'
const refused = 'HTTP/1.1 403 Forbidden\r\ncontent-length: 11\r\n\r\nnot allowed'
const request = (i: number) => requestBytes({ method: 'GET', path: `/${i}` })

describe('a load', () => {
  it('sends each operation once, over all connections, one at a time on each', async () => {
    const served = new Map<string, TLSSocket>()
    let most = 0
    await using server = await startScriptedServer(socket => {
      let under = 0
      onRequests(socket, line => {
        most = Math.max(most, ++under)
        served.set(line, socket)
        setImmediate(() => {
          under--
          socket.write(ok)
        })
      })
    })
    using crowd = await openCrowd(server.target, 7)
    const load = await crowd.run({ operations: 500, request, expect: 200 })
    expect([...served.keys()].toSorted()).toEqual(
      Array.from({ length: 500 }, (_, i) => `GET /${i} HTTP/1.1`).toSorted(),
    )
    expect(new Set(served.values()).size).toBe(7)
    expect(most).toBe(1)
    expect(load.perSecond).toBeGreaterThan(0)
    expect(load.p99).toBeGreaterThan(0)
    // the same connections once more
    await crowd.run({ operations: 3, request: i => request(1000 + i), expect: 200 })
    expect(served.size).toBe(503)
    expect(new Set(served.values()).size).toBe(7)
  })

  it('fails with the text of an answer that is not the expected one', async () => {
    await using server = await startScriptedServer(socket =>
      onRequests(socket, line => socket.write(line.startsWith('GET /5 ') ? refused : ok)),
    )
    const load = { target: server.target, connections: 2, operations: 100, request }
    await expect(runLoad({ ...load, expect: 200 })).rejects.toThrow('operation 5 was answered with 403: not allowed')
  })

  it('fails when a connection is closed', async () => {
    await using server = await startScriptedServer(socket =>
      onRequests(socket, line => (line.startsWith('GET /5 ') ? socket.end(ok.slice(0, -1)) : socket.write(ok))),
    )
    const load = { target: server.target, connections: 2, operations: 100, request }
    await expect(runLoad({ ...load, expect: 200 })).rejects.toThrow('in the middle of an answer')
  })

  it('of nothing ends', async () => {
    await using server = await startScriptedServer(() => undefined)
    await runLoad({ target: server.target, connections: 2, operations: 0, request, expect: 200 })
  })
})
