import type { IncomingMessage } from 'node:http'
import { type Clock, silentLogger } from '@kubets/component'
import { describe, expect, it } from 'vitest'
import { clientAuthorities } from './client-authorities.ts'
import { type DelegatedAccessOptions, delegatedAccess } from './delegated-access.ts'

interface Review {
  kind: string
  spec: { token?: string; user?: string; groups?: string[]; nonResourceAttributes?: { path: string; verb: string } }
}

/** An api-server that knows the token `good`, of somebody who may see metrics. */
function asking(more: Partial<DelegatedAccessOptions> = {}, reviews: 'answered' | 'broken' | 'none' = 'answered') {
  const asked: Review[] = []
  const create = async (_ref: unknown, review: Review) => {
    asked.push(review)
    if (review.kind === 'TokenReview')
      return review.spec.token?.startsWith('good')
        ? { status: { authenticated: true, user: { username: 'prometheus', groups: ['metrics'] } } }
        : { status: { authenticated: false } }
    if (reviews === 'broken') throw new Error('the api-server is away')
    const { path } = review.spec.nonResourceAttributes ?? {}
    const allowed = path === '/metrics' && review.spec.groups?.includes('metrics')
    return { status: { allowed, ...(allowed ? {} : { reason: 'no role' }) } }
  }
  const client = { create } as unknown as NonNullable<DelegatedAccessOptions['tokens']>
  const admit = delegatedAccess({
    tokens: client,
    reviews: reviews === 'none' ? undefined : client,
    alwaysAllow: ['/healthz', 'livez', '/debug/*', '/'],
    timeToLive: { token: 10_000, allowed: 10_000, denied: 10_000 },
    clock: { now: () => 0 } as Clock,
    logger: silentLogger(),
    ...more,
  })
  const ask = (path: string, token?: string, certificate?: { CN: string; O?: string[] }, method = 'GET') =>
    admit(
      {
        method,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        socket: {
          authorized: true,
          getPeerCertificate: () => (certificate === undefined ? {} : { subject: certificate, valid_to: '2100-01-01' }),
        },
      } as unknown as IncomingMessage,
      path,
    )
  return { ask, asked }
}

describe('a request is let in', () => {
  it.each(['/healthz', '/livez', '/debug/pprof', '/debug/', '/'])(
    'to %s whoever asks, and nobody is asked',
    async path => {
      const { ask, asked } = asking()
      expect(await ask(path)).toBeUndefined()
      expect(asked).toEqual([])
    },
  )

  it('of whom the api-server says yes to; the answer holds', async () => {
    const { ask, asked } = asking()
    expect(await ask('/metrics', 'good')).toBeUndefined()
    expect(await ask('/metrics', 'good')).toBeUndefined()
    expect(asked.map(({ kind, spec }) => [kind, spec.user, spec.nonResourceAttributes])).toEqual([
      ['TokenReview', undefined, undefined],
      ['SubjectAccessReview', 'prometheus', { path: '/metrics', verb: 'get' }],
    ])
  })

  it('of system:masters, and nobody is asked', async () => {
    const { ask, asked } = asking({}, 'broken')
    expect(await ask('/metrics', undefined, { CN: 'admin', O: ['system:masters'] })).toBeUndefined()
    expect(asked).toEqual([])
  })
})

describe('a request is refused', () => {
  const message = (refusal: { body: string } | undefined) => JSON.parse(refusal?.body ?? '{}').message
  it('with 403 and the reason that the api-server gives', async () => {
    const { ask } = asking()
    const refused = await ask('/debugger', 'good', undefined, 'HEAD')
    expect(refused).toMatchObject({ status: 403, type: 'application/json' })
    expect(message(refused)).toBe('forbidden: User "prometheus" cannot head path "/debugger": no role')
  })

  it('with 403 where nobody can be asked', async () => {
    const { ask, asked } = asking({}, 'none')
    expect(message(await ask('/metrics', 'good'))).toBe('forbidden: User "prometheus" cannot get path "/metrics"')
    expect(asked.map(({ kind }) => kind)).toEqual(['TokenReview'])
  })

  it('with 401 for a bad token, also where anybody may', async () => {
    expect(await asking().ask('/healthz', 'bad')).toMatchObject({ status: 401 })
  })

  it('with 500 when the api-server is away', async () => {
    const { ask } = asking({}, 'broken')
    expect(await ask('/metrics', 'good')).toEqual({
      status: 500,
      type: 'text/plain; charset=utf-8',
      body: 'Internal Server Error: "/metrics": the api-server is away\n',
    })
  })

  it('as anonymous where tokens are not looked at', async () => {
    const { ask } = asking({ tokens: undefined })
    expect(message(await ask('/metrics', 'good'))).toContain('User "system:anonymous" cannot get path "/metrics"')
  })
})

it('a path with a star amid it is none', () => {
  expect(() => asking({ alwaysAllow: ['/a*b'] })).toThrow('only trailing * allowed in "a*b"')
})

describe('the authorities of clients that the cluster publishes', () => {
  /** A clock whose sleepers wake when they are told to. */
  function cluster(found: (string | Error)[]) {
    const wakes: (() => void)[] = []
    const waits: number[] = []
    const clock = {
      now: () => 0,
      after: (ms: number, callback: () => void) => {
        waits.push(ms)
        wakes.push(callback)
        return () => undefined
      },
    } as unknown as Clock
    const get = async () => {
      const next = found.shift() ?? ''
      if (next instanceof Error) throw next
      return { data: { 'client-ca-file': next } }
    }
    const stop = new AbortController()
    const read = (tolerateFailure: boolean) =>
      clientAuthorities({
        client: { get } as never,
        tolerateFailure,
        clock,
        logger: silentLogger(),
        signal: stop.signal,
      })
    const wake = async () => {
      await expect.poll(() => wakes.length).toBeGreaterThan(0)
      wakes.shift()?.()
    }
    return { read, wake, waits, stop }
  }

  it('are followed', async () => {
    const { read, wake, waits, stop } = cluster(['one', 'one', 'two'])
    const authorities = await read(false)
    const told: string[] = []
    authorities.onChange(pem => told.push(pem))
    expect(authorities.current).toBe('one')
    await wake()
    await wake()
    await expect.poll(() => told).toEqual(['two'])
    expect(new Set(waits)).toEqual(new Set([60_000]))
    stop.abort()
  })

  it('are needed at the start, unless that is tolerated: then nobody is believed until they are known', async () => {
    await expect(cluster([new Error('refused')]).read(false)).rejects.toThrow(
      'unable to load configmap based client-ca-file: refused',
    )
    const { read, wake, waits, stop } = cluster([new Error('refused'), new Error('refused'), 'one'])
    const authorities = await read(true)
    expect(authorities.current).toBe('')
    await wake()
    await wake()
    await expect.poll(() => authorities.current).toBe('one')
    expect(waits.slice(0, 2)).toEqual([10_000, 10_000])
    stop.abort()
  })
})
