import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { addNode, type FakeKubelet, fakeKubelet } from '../testing/fake-kubelet.ts'

let api: TestApiServer
let kubelet: FakeKubelet
const pods = '/api/v1/namespaces/default/pods'

beforeAll(async () => {
  kubelet = await fakeKubelet((await testCertificates()).authority)
  api = await testApiServer({ kubeletClient: kubelet.clientOptions })
  await addNode(api, kubelet)
  for (const [name, nodeName, containers] of [
    ['one', 'n1', ['c']],
    ['two', 'n1', ['a', 'b']],
    ['nowhere', undefined, ['c']],
    ['lost', 'gone', ['c']],
  ] as const) {
    const made = await api.h2.request('POST', pods, {
      body: {
        metadata: { name },
        spec: {
          ...(nodeName === undefined ? {} : { nodeName }),
          containers: containers.map(c => ({ name: c, image: 'x' })),
        },
      },
    })
    expect([made.status, made.json.message]).toEqual([201, undefined])
  }
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await kubelet[Symbol.asyncDispose]()
})

describe.each(['h1', 'h2'] as const)('logs over %s', which => {
  it('come from the kubelet, which knows us by our certificate', async () => {
    kubelet.onRequest = (_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('hello\n')
    const reply = await api[which].request('GET', `${pods}/one/log?tailLines=5&timestamps=true`)
    expect([reply.status, reply.text]).toEqual([200, 'hello\n'])
    expect(kubelet.requests.at(-1)).toBe('GET /containerLogs/default/one/c?tailLines=5&timestamps=true')
    expect(kubelet.client).toBe('kube-apiserver-kubelet-client')
  })

  it('are followed line by line, and the kubelet learns when the reader leaves', async () => {
    let left: Promise<unknown> | undefined
    kubelet.onRequest = (_request, response) => {
      response.write('first\n')
      left = once(response, 'close')
    }
    const { body, close } = await api[which].stream('GET', `${pods}/one/log?follow=true`)
    const [chunk] = await once(body, 'data')
    expect(String(chunk)).toBe('first\n')
    close()
    const closed = performance.now()
    await left
    // not only when a half-closed connection is given up
    expect(performance.now() - closed).toBeLessThan(5_000)
  })

  it('that are long arrive whole, however slow the reader', async () => {
    const block = Buffer.alloc(1024 * 1024, 'x')
    kubelet.onRequest = async (_request, response) => {
      for (let i = 0; i < 20; i++) if (!response.write(block)) await once(response, 'drain')
      response.end()
    }
    const { body } = await api[which].stream('GET', `${pods}/one/log`)
    let size = 0
    for await (const chunk of body) size += (chunk as Buffer).length
    expect(size).toBe(20 * 1024 * 1024)
  })
})

describe('logs', () => {
  it('of a pod that is on no node yet are empty', async () => {
    for (const client of [api.h1, api.h2]) {
      const { status, text, headers } = await client.request('GET', `${pods}/nowhere/log`)
      expect([status, text, headers['content-type'], headers['content-length']]).toEqual([
        204,
        '',
        undefined,
        undefined,
      ])
    }
  })

  it.each([
    ['two/log', 400, 'a container name must be specified for pod two, choose one of: [a b]'],
    ['one/log?container=z', 400, 'container z is not valid for pod one'],
    [
      'one/log?tailLines=-1',
      422,
      'PodLogOptions "one" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    ],
    ['never/log', 404, 'pods "never" not found'],
  ])('of %s are refused', async (path, status, message) => {
    const reply = await api.h1.request('GET', `${pods}/${path}`)
    expect([reply.status, reply.json.message]).toEqual([status, message])
  })

  it('pass the kubelet’s reasons on', async () => {
    kubelet.onRequest = (_request, response) =>
      response.writeHead(400).end('container "c" in pod "one" is waiting to start: ContainerCreating')
    const reply = await api.h2.request('GET', `${pods}/one/log`)
    expect(reply.json).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: 'container "c" in pod "one" is waiting to start: ContainerCreating',
    })
  })
})

describe('exec', () => {
  it.each([
    ['nowhere/exec', 400, 'pod nowhere does not have a host assigned'],
    ['lost/exec?command=ls', 404, 'pods "gone" not found'],
    ['one/exec', 422, 'PodExecOptions "one" is invalid: command: Required value'],
    ['one/exec?command=ls', 400, 'Upgrade request required'],
  ])('of %s is refused without a node, a command or an upgrade', async (path, status, message) => {
    for (const client of [api.h1, api.h2]) {
      const reply = await client.request('POST', `${pods}/${path}`)
      expect([reply.status, reply.json.message]).toEqual([status, message])
    }
  })
})
