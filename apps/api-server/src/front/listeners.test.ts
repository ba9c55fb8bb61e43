import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { issueCertificate } from '@kubets/pki'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { addNode, type FakeKubelet, fakeKubelet } from '../testing/fake-kubelet.ts'

let api: TestApiServer
let kubelet: FakeKubelet
let refusing: ReturnType<typeof createServer>
const warnings: Error[] = []
const warned = (warning: Error) => void warnings.push(warning)
const pods = '/api/v1/namespaces/default/pods'

beforeAll(async () => {
  const { authority } = await testCertificates()
  kubelet = await fakeKubelet(authority)
  kubelet.onRequest = (_request, response) => response.end('a line\n'.repeat(20_000))
  const serving = await issueCertificate(authority, { commonName: 'n', ipAddresses: ['127.0.0.1'], usages: ['server'] })
  refusing = createServer(serving)
  refusing.on('upgrade', (_request, socket: Socket) => {
    socket.on('error', () => undefined)
    socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`)
  })
  refusing.listen(0, '127.0.0.1')
  await once(refusing, 'listening')
  api = await testApiServer({ kubeletClient: kubelet.clientOptions })
  await addNode(api, kubelet)
  await addNode(api, { name: 'refusing', port: (refusing.address() as AddressInfo).port })
  for (const nodeName of ['n1', 'refusing']) {
    const spec = { nodeName, containers: [{ name: 'c', image: 'x' }] }
    await api.h2.request('POST', pods, { body: { metadata: { name: nodeName }, spec } })
  }
})
beforeEach(() => void process.on('warning', warned))
afterEach(() => {
  process.off('warning', warned)
  warnings.length = 0
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await kubelet[Symbol.asyncDispose]()
  await new Promise(resolve => refusing.close(resolve))
})

/** Node tells of more than ten listeners of one kind, once a connection, in a later turn. */
const told = async () => {
  await new Promise(resolve => setImmediate(resolve))
  return warnings.map(({ message }) => message)
}

// as many listeners as Node takes for a leak are more than a connection ever has, whatever is done with it
it.each(['exec?command=a', 'attach', 'portforward?ports=1'])(
  'an upgrade that is refused by another (%s)',
  async path => {
    const client = connect({ ...api.connection, ...api.admin })
    client.write(
      `POST ${pods}/refusing/${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n\r\n`,
    )
    const answer = await text(client)
    expect([answer.slice(0, 12), answer.length > 300_000]).toEqual(['HTTP/1.1 403', true])
    expect(await told()).toEqual([])
  },
)

it.each(['h1', 'h2'] as const)(
  'a connection with many requests, one after the other and together (%s)',
  async which => {
    const ask = async (path: string) => expect((await api[which].request('GET', path)).status, path).toBe(200)
    for (let i = 0; i < 15; i++) for (const path of [pods, `${pods}/n1/log`, '/version', '/openapi/v2']) await ask(path)
    await Promise.all(Array.from({ length: 15 }, () => ask(`${pods}/n1/log`)))
    const watches = await Promise.all(Array.from({ length: 15 }, () => api[which].stream('GET', `${pods}?watch=1`)))
    for (const { close } of watches) close()
    expect(await told()).toEqual([])
  },
)
