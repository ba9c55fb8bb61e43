import type { IncomingMessage } from 'node:http'
import type { Client } from '@kubets/client'
import { type Clock, silentLogger } from '@kubets/component'
import { describe, expect, test } from 'vitest'
import { nodeAccess } from './attributes.ts'
import { type KubeletAuth, startAccess } from './start-access.ts'

test.each([
  ['GET', ['metrics'], 'get metrics'],
  ['GET', ['metrics', 'cadvisor'], 'get metrics'],
  ['GET', ['stats', 'summary'], 'get stats'],
  ['GET', ['logs', 'messages'], 'get log'],
  ['POST', ['checkpoint', 'ns', 'pod', 'c'], 'create checkpoint'],
  ['GET', ['statusz'], 'get statusz'],
  ['GET', ['flagz'], 'get configz'],
  ['GET', ['pods'], 'get pods,proxy'],
  ['GET', ['healthz'], 'get healthz,proxy'],
  ['GET', ['configz'], 'get configz,proxy'],
  ['GET', ['containerLogs', 'ns', 'pod', 'c'], 'get proxy'],
  ['POST', ['exec', 'ns', 'pod', 'c'], 'create proxy'],
  ['DELETE', ['run'], 'delete proxy'],
  ['HEAD', ['pods'], ' pods,proxy'],
  ['GET', ['metrics/../pods'], 'get proxy'],
  ['GET', ['Metrics'], 'get proxy'],
  ['GET', ['', 'metrics'], 'get proxy'],
  ['GET', ['constructor'], 'get proxy'],
])('%s %j is %s of the node', (method, segments, expected) => {
  const { verb, subresources } = nodeAccess(method, segments)
  expect(`${verb} ${subresources}`).toBe(expected)
})

interface Review {
  kind: string
  spec: { token?: string; user?: string; groups?: string[]; resourceAttributes?: Record<string, string> }
}

/** An api-server that knows one token and lets `metrics` people see metrics. */
function apiServer(auth: KubeletAuth = {}) {
  let now = 0
  const asked: Review[] = []
  let broken = false
  const create = async (_ref: unknown, review: Review) => {
    asked.push(review)
    if (broken) throw new Error('the api-server is away')
    if (review.kind === 'TokenReview')
      return review.spec.token === 'good'
        ? { status: { authenticated: true, user: { username: 'prometheus', uid: '1', groups: ['metrics'] } } }
        : { status: { authenticated: false } }
    const { subresource } = review.spec.resourceAttributes ?? {}
    return { status: { allowed: subresource === 'metrics' && review.spec.groups?.includes('metrics') } }
  }
  const access = startAccess({
    auth,
    nodeName: 'n1',
    client: { create } as unknown as Pick<Client, 'create'>,
    clock: { now: () => now } as Clock,
    logger: silentLogger(),
  })
  const ask = (path: string, token?: string) =>
    access(
      {
        method: 'GET',
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        socket: { getPeerCertificate: () => ({}) },
      } as unknown as IncomingMessage,
      path.split('/').slice(1),
    ).then(
      () => 'in',
      (error: Error) => error.message,
    )
  return {
    ask,
    asked,
    pass: (ms: number) => {
      now += ms
    },
    break: () => {
      broken = true
    },
  }
}

describe('the api-server is asked', () => {
  test('whose token it is, and what they may', async () => {
    const { ask, asked } = apiServer()
    expect(await ask('/metrics', 'good')).toBe('in')
    expect(asked[0]).toMatchObject({ kind: 'TokenReview', spec: { token: 'good' } })
    expect(asked[1]?.spec).toEqual({
      user: 'prometheus',
      uid: '1',
      groups: ['metrics'],
      resourceAttributes: { verb: 'get', version: 'v1', resource: 'nodes', subresource: 'metrics', name: 'n1' },
    })
    expect(await ask('/pods', 'good')).toBe(
      'Forbidden (user=prometheus, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
    )
    expect(await ask('/metrics', 'bad')).toBe('Unauthorized')
  })

  test('once for as long as its answer holds', async () => {
    const { ask, asked, pass } = apiServer()
    await Promise.all([ask('/metrics', 'good'), ask('/metrics', 'good'), ask('/metrics', 'good')])
    expect(asked.length).toBe(2)
    pass(119_000)
    await ask('/metrics', 'good')
    expect(asked.length).toBe(2)
    pass(2_000)
    await ask('/metrics', 'good')
    expect(asked.map(one => one.kind).slice(2)).toEqual(['TokenReview'])
    pass(300_000)
    await ask('/metrics', 'good')
    expect(asked.map(one => one.kind).slice(3)).toEqual(['TokenReview', 'SubjectAccessReview'])
    // a no is forgotten sooner, and a token that is none is never kept
    asked.length = 0
    await ask('/exec', 'good')
    pass(31_000)
    await ask('/exec', 'good')
    await ask('/exec', 'bad')
    await ask('/exec', 'bad')
    expect(asked.map(one => one.kind)).toEqual([
      'SubjectAccessReview',
      'SubjectAccessReview',
      'TokenReview',
      'TokenReview',
    ])
  })

  test('and nobody is let in while it is away', async () => {
    const { ask, break: breakDown } = apiServer()
    breakDown()
    expect(await ask('/metrics', 'good')).toBe('Unauthorized')
    expect(await ask('/metrics')).toBe('Unauthorized')
  })

  test('but not more often than it can bear: strangers make up tokens', async () => {
    const { ask, asked } = apiServer()
    await Promise.all(Array.from({ length: 500 }, (_, i) => ask('/metrics', `made-up-${i}`)))
    expect(asked.length).toBe(100)
    expect(await ask('/metrics', 'good')).toBe('in')
  })
})

test('without credentials nobody comes in, unless anonymous requests are let through to the authorizer', async () => {
  expect(await apiServer().ask('/metrics')).toBe('Unauthorized')
  expect(await apiServer({ anonymous: true }).ask('/metrics')).toContain('Forbidden (user=system:anonymous,')
  expect(await apiServer({ anonymous: true }).ask('/metrics', 'bad')).toBe('Unauthorized')
})

test('AlwaysAllow lets everybody who is authenticated, tokens can be turned off', async () => {
  expect(await apiServer({ mode: 'AlwaysAllow' }).ask('/exec', 'good')).toBe('in')
  expect(await apiServer({ mode: 'AlwaysAllow', tokens: false }).ask('/exec', 'good')).toBe('Unauthorized')
})
