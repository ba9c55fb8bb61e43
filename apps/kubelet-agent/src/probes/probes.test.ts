import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import type { Clock } from '@kubets/component'
import { RpcError, rpcCode } from '@kubets/cri'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { container, pod, ran } from '../testing/pods.ts'
import { createProber, type Prober } from './prober.ts'
import { type ProbeTarget, runProbe } from './run-probe.ts'

type ExecSync = ProbeTarget['cri']['execSync']
const answers =
  (exitCode: number, text = ''): ExecSync =>
  async () => ({ exitCode, stdout: Buffer.from(text), stderr: Buffer.alloc(0) })
const target = (more: Partial<ProbeTarget> = {}): ProbeTarget => ({
  cri: { execSync: answers(0) },
  containerId: 'c-0',
  container: container('c', { ports: [{ name: 'web', containerPort: 1 }] } as never),
  podIp: '127.0.0.1',
  timeoutMs: 1_000,
  signal: new AbortController().signal,
  ...more,
})

describe('one probe', () => {
  let port = 0
  const server = createServer((request, response) => {
    if (request.url === '/slow') return
    response.writeHead(Number(request.url?.slice(1))).end(String(request.headers['x-probe'] ?? ''))
  })
  beforeEach(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const get = (path: string, more: Partial<ProbeTarget> = {}) =>
    runProbe({ httpGet: { path, port } } as never, target(more))

  test.each([
    ['/200', true],
    ['/302', true],
    ['/404', false],
    ['/503', false],
  ])('HTTP %s counts as %s', async (path, ok) => {
    expect(await get(path)).toMatchObject({ ok, output: `HTTP probe failed with statuscode: ${path.slice(1)}` })
  })

  test('an HTTP server that does not answer in time fails', async () => {
    expect(await get('/slow', { timeoutMs: 500 })).toEqual({
      ok: false,
      output: `Get "http://127.0.0.1:${port}/slow": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    })
  })

  test('a port that nobody listens on is refused in the words of upstream', async () => {
    const other = createTcpServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const closed = (other.address() as AddressInfo).port
    expect((await runProbe({ tcpSocket: { port: closed } } as never, target())).ok).toBe(true)
    await new Promise(resolve => other.close(resolve))
    const refused = `dial tcp 127.0.0.1:${closed}: connect: connection refused`
    expect(await runProbe({ tcpSocket: { port: closed } } as never, target())).toEqual({ ok: false, output: refused })
    expect(await runProbe({ httpGet: { port: closed, path: '/x' } } as never, target())).toEqual({
      ok: false,
      output: `Get "http://127.0.0.1:${closed}/x": ${refused}`,
    })
  })

  test('a command passes with exit code 0', async () => {
    const exec = (execSync: ExecSync) => runProbe({ exec: { command: ['a', 'b'] } }, target({ cri: { execSync } }))
    expect(await exec(answers(0))).toMatchObject({ ok: true })
    expect(await exec(answers(1, 'not yet'))).toEqual({ ok: false, output: 'not yet' })
    expect(await exec(() => Promise.reject(new RpcError(rpcCode.deadlineExceeded, 'x')))).toEqual({
      ok: false,
      output: 'command timed out: "a b" timed out after 1s',
    })
  })

  test('a port is found by its name', async () => {
    expect((await runProbe({ tcpSocket: { port: 'none' } } as never, target())).output).toBe(
      "couldn't find port: none in container ports",
    )
  })
})

describe('a container that is asked', () => {
  let now = 1_767_225_600_000
  let timers: { at: number; run: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter(other => other !== timer)
      }
    },
  }
  /** Moves time on and lets what has become due finish. */
  async function advance(ms: number): Promise<void> {
    now += ms
    for (const timer of timers.filter(t => t.at <= now)) {
      timers = timers.filter(other => other !== timer)
      timer.run()
    }
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }
  let exitCode = 0
  let unhealthy: string[] = []
  let prober: Prober
  beforeEach(() => {
    timers = []
    now = 1_767_225_600_000
    exitCode = 0
    unhealthy = []
    prober = createProber({
      cri: { execSync: async () => ({ exitCode, stdout: Buffer.from('out'), stderr: Buffer.alloc(0) }) },
      clock,
      runsProcesses: true,
      changed: () => undefined,
      unhealthy: (_pod, _container, message) => unhealthy.push(message),
    })
  })
  afterEach(() => prober[Symbol.asyncDispose]())
  const probe = { exec: { command: ['x'] }, periodSeconds: 10, failureThreshold: 2 }

  test('is ready after its first success and unready after the failures that are allowed', async () => {
    const one = container('c', { readinessProbe: probe } as never)
    prober.watch(pod({}), one, ran('c', 'running'), '')
    expect(prober.ready('c-0', one)).toBe(false)
    await advance(0)
    expect(prober.ready('c-0', one)).toBe(true)
    exitCode = 1
    await advance(10_000)
    expect(prober.ready('c-0', one)).toBe(true)
    await advance(10_000)
    expect(prober.ready('c-0', one)).toBe(false)
    expect(unhealthy).toEqual(['Readiness probe failed: out', 'Readiness probe failed: out'])
    expect(prober.failed('c-0')).toBeUndefined()
  })

  test('is ended when it is no longer alive', async () => {
    const one = container('c', { livenessProbe: probe } as never)
    prober.watch(pod({}), one, ran('c', 'running'), '')
    exitCode = 1
    await advance(0)
    expect(prober.failed('c-0')).toBeUndefined()
    await advance(10_000)
    expect(prober.failed('c-0')).toBe('liveness')
  })

  test('is asked for nothing else before it has started', async () => {
    const one = container('c', { startupProbe: probe, livenessProbe: probe, readinessProbe: probe } as never)
    exitCode = 1
    prober.watch(pod({}), one, ran('c', 'running'), '')
    await advance(0)
    expect(prober.started('c-0', one)).toBe(false)
    expect(unhealthy).toEqual(['Startup probe failed: out'])
    exitCode = 0
    await advance(10_000)
    expect(prober.started('c-0', one)).toBe(true)
    await advance(0)
    expect(prober.ready('c-0', one)).toBe(true)
  })

  test('is asked no more once it is forgotten', async () => {
    const one = container('c', { livenessProbe: probe } as never)
    prober.watch(pod({}), one, ran('c', 'running'), '')
    prober.forget('c-0')
    expect(timers).toEqual([])
  })
})
