import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'
import { type HttpClient, http2Client } from '../../testing/http-client.ts'

interface Asked {
  apiVersion: string
  spec: { token: string; audiences?: string[] }
}

const undo = new AsyncDisposableStack()
const asked: Asked[] = []
/** Where the last question came. */
let path: string | undefined
let configure: (place: string) => Promise<void>
let answer: (review: Asked) => object
let api: TestApiServer
let client: HttpClient

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-webhook-tokens-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const review = JSON.parse(Buffer.concat(parts).toString()) as Asked
    asked.push(review)
    path = request.url
    response.end(JSON.stringify({ kind: 'TokenReview', apiVersion: review.apiVersion, status: answer(review) }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  undo.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const kubeConfigFile = join(directory, 'webhook.kubeconfig')
  configure = place =>
    writeFile(
      kubeConfigFile,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          { name: 'w', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}${place}` } },
        ],
        contexts: [{ name: 'w', context: { cluster: 'w', user: 'w' } }],
        users: [{ name: 'w', user: {} }],
        'current-context': 'w',
      }),
    )
  await configure('/ask')
  api = undo.use(
    await testApiServer({
      authorization: ['RBAC'],
      tokens: 'static,tina,7\n',
      serviceAccounts: { issuers: ['https://kubernetes.default.svc'] },
      authentication: { webhook: { kubeConfigFile, version: 'v1', cacheTtl: 120_000 } },
    }),
  )
  client = undo.use(await http2Client(api.connection))
})
afterAll(() => undo.disposeAsync())
beforeEach(() => void asked.splice(0))

const whoami = (token: string) =>
  client.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
    headers: { authorization: `Bearer ${token}` },
  })

it('says whose token it is, and is asked once', async () => {
  answer = () => ({ authenticated: true, user: { username: 'wanda', uid: '3', groups: ['a'], extra: { k: ['v'] } } })
  const both = await Promise.all([whoami('first'), whoami('first')])
  for (const { json } of [...both, await whoami('first')])
    expect(json.status.userInfo).toEqual({
      username: 'wanda',
      uid: '3',
      groups: ['a', 'system:authenticated'],
      extra: { k: ['v'] },
    })
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({
    apiVersion: 'authentication.k8s.io/v1',
    spec: { token: 'first', audiences: ['https://kubernetes.default.svc'] },
  })
})

it('refuses, which is kept too', async () => {
  answer = () => ({ authenticated: false, error: 'unknown to me' })
  expect((await whoami('second')).status).toBe(401)
  expect((await whoami('second')).status).toBe(401)
  expect(asked).toHaveLength(1)
  const review = await api.h2.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
    body: { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token: 'second' } },
  })
  expect(review.json.status.error).toContain('unknown to me')
})

it('is not asked for tokens that are known here', async () => {
  answer = () => ({ authenticated: false })
  expect((await whoami('static')).json.status.userInfo.username).toBe('tina')
  expect(asked).toHaveLength(0)
})

it('may say for whom a token is', async () => {
  answer = () => ({ authenticated: true, user: { username: 'wanda' }, audiences: ['elsewhere'] })
  expect((await whoami('third')).status).toBe(401)
  const review = await api.h2.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
    body: {
      kind: 'TokenReview',
      apiVersion: 'authentication.k8s.io/v1',
      spec: { token: 'third', audiences: ['elsewhere', 'more'] },
    },
  })
  expect(review.json.status).toMatchObject({ authenticated: true, audiences: ['elsewhere'] })
})

it('is asked where its kubeconfig says now', async () => {
  answer = () => ({ authenticated: true, user: { username: 'wanda' } })
  await whoami('before')
  expect(path).toBe('/ask')
  await configure('/elsewhere')
  let n = 0
  await expect
    .poll(async () => {
      await whoami(`after-${n++}`)
      return path
    })
    .toBe('/elsewhere')
})
