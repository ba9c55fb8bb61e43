import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { HeldWire } from '@kubets/client/testing'
import { expect, it } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'

it('a watch ends with its connection, also where its client resets it behind two records of TLS', async () => {
  await using api = await testApiServer({ limits: { listener: { headersTimeout: 300 } } })
  const open = async () => {
    const { text } = await api.h2.request('GET', '/metrics')
    return Number(/^apiserver_connections\{state="authenticated"\} (\d+)$/m.exec(text)?.[1])
  }
  const before = await open()
  const { port, ca } = api.connection
  const socket = connectTcp(port, '127.0.0.1')
  const wire = new HeldWire(socket)
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    createConnection: () => connectTls({ socket: wire, ca, ...api.admin, ALPNProtocols: ['h2'] }),
  })
  session.on('error', () => undefined)
  const watch = session.request({ ':path': '/api/v1/namespaces?watch=1' })
  watch.on('error', () => undefined)
  await once(watch, 'response')
  await expect.poll(open).toBe(before + 1)
  wire.hold()
  for (const ping of [1, 2]) {
    session.ping(() => undefined)
    await expect.poll(() => wire.held).toBe(ping)
  }
  wire.resetBehind()
  await expect.poll(open).toBe(before)
})
