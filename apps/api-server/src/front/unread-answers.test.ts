import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let api: TestApiServer
const pods = '/api/v1/namespaces/default/pods'
const requestTimeout = 1_000

beforeAll(async () => {
  api = await testApiServer({ limits: { requestTimeout } })
  const args = Array.from({ length: 1_200 }, () => 'x'.repeat(1_000))
  const spec = { containers: [{ name: 'c', image: 'x', args }] }
  const made = await api.h2.request('POST', pods, { body: { metadata: { name: 'large' }, spec } })
  expect(made.status).toBe(201)
})
afterAll(() => api[Symbol.asyncDispose]())

/** Requests that are being answered, this one among them. */
async function inFlight(): Promise<number> {
  const { text } = await api.h1.request('GET', '/metrics')
  return Number(/^apiserver_current_inflight_requests\{request_kind="readOnly"\} (\d+)$/m.exec(text)?.[1])
}

// upstream's handlers have the time of --request-timeout for their answers, too
it('an answer that nobody reads is broken off when the time of its request is over', async () => {
  const client = connect({ ...api.connection, ...api.admin })
  await once(client, 'secureConnect')
  client.pause()
  client.on('error', () => undefined)
  // what the kernel takes is sent, as far as we know: more of them than it does
  client.write(`GET ${pods}/large HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(20))
  const closed = new Promise(resolve => client.once('close', resolve))
  const knock = setInterval(() => client.write('\r\n'), 50)
  await closed
  clearInterval(knock)
  await expect.poll(inFlight).toBe(1)
})

it('over HTTP/2 its stream is reset, whatever was asked', async () => {
  const session = connectHttp2(`https://localhost:${api.connection.port}`, {
    ...api.connection,
    ...api.admin,
    settings: { initialWindowSize: 0 },
  })
  session.on('error', () => undefined)
  const reset = async (path: string) => {
    const [error] = await once(session.request({ ':path': path }), 'error')
    return [path, (error as NodeJS.ErrnoException).code]
  }
  const none = `${pods}/none`
  const paths = [`${pods}/large`, none, pods, '/apis', '/apis/apps/v1', '/nowhere', '/version', '/livez', '/openapi/v3']
  try {
    // the first of several that come together does not wait for a turn, the others do
    for (const path of paths) {
      const codes = await Promise.all(Array.from({ length: 3 }, () => reset(path)))
      expect(codes).toEqual(codes.map(() => [path, 'ERR_HTTP2_STREAM_ERROR']))
    }
    await expect.poll(inFlight).toBe(1)
  } finally {
    session.destroy()
  }
})
