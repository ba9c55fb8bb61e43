import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createWatchCache, type Describe, openEtcdStore } from '../index.ts'
import { type StoreEvent, StoreTimeoutError } from '../key-value-store.ts'
import { EtcdConnection } from './connection.ts'
import { EtcdUnavailableError } from './errors.ts'
import { decodeRange, decodeWatch, encodeRange, encodeTxn } from './messages.ts'
import { MessageReader, MessageWriter, unframed } from './protobuf.ts'
import { startEtcdServer } from './server.ts'
import { hasTrustedProgress } from './watch.ts'

const noFacts: Describe = { known: () => undefined, read: () => ({ labels: {}, fields: {} }), spliceAt: () => 0 }

describe('the etcd store', () => {
  test('a cache over it lives through a restart of etcd without a gap', async () => {
    await using server = await startEtcdServer()
    await using store = await openEtcdStore({ endpoints: [server.endpoint] })
    await store.put({ key: '/registry/a', value: Buffer.from('1'), expected: 0 })
    await using cache = createWatchCache({ store, describe: noFacts })
    await cache.ready
    const keys: string[] = []
    let ended: Error | undefined
    cache.watch({
      start: '/registry/',
      end: '/registry0',
      after: cache.revision,
      onEvents: events => void keys.push(...events.map(event => event.entry.key)),
      onEnd: error => {
        ended ??= error
      },
      signal: new AbortController().signal,
    })
    await store.put({ key: '/registry/b', value: Buffer.from('1'), expected: 0 })
    await cache.consistentSnapshot()
    await server.kill()
    await expect(store.put({ key: '/registry/c', value: Buffer.from('1'), expected: 0 })).rejects.toThrow(
      EtcdUnavailableError,
    )
    await server.restart()
    // the write that failed surely did not happen: nobody listened
    await expect
      .poll(() => store.put({ key: '/registry/d', value: Buffer.from('1'), expected: 0 }).catch(() => undefined), {
        timeout: 15_000,
      })
      .toMatchObject({ ok: true })
    await expect.poll(() => keys, { timeout: 15_000 }).toEqual(['/registry/b', '/registry/d'])
    const snapshot = await cache.consistentSnapshot()
    expect([...snapshot.range('/registry/', '/registry0')].map(entry => entry.key)).toEqual([
      '/registry/a',
      '/registry/b',
      '/registry/d',
    ])
    expect(ended).toBeUndefined()
  })

  test('an etcd that does not answer fails a call when its time is over, and nothing says that it happened', async () => {
    await using server = await startEtcdServer()
    const connection = new EtcdConnection({ endpoints: [server.endpoint], callTimeout: 300 })
    try {
      const read = () =>
        connection.call('cannot read', 'KV', 'Range', encodeRange({ key: '/a' }), decodeRange, false).then(
          ({ count }) => count,
          error => error,
        )
      await expect.poll(read).toBe(0)
      process.kill(server.pid, 'SIGSTOP')
      await expect.poll(() => states(server.pid)).toEqual(['T'])
      expect(await read()).toBeInstanceOf(StoreTimeoutError)
      process.kill(server.pid, 'SIGCONT')
      await expect.poll(read, { timeout: 10_000 }).toBe(0)
    } finally {
      connection.close()
    }
  })

  test('a watch keeps up with 64 writers of pods and never breaks', async () => {
    await using server = await startEtcdServer()
    await using store = await openEtcdStore({ endpoints: [server.endpoint] })
    const stop = new AbortController()
    const seen: number[] = []
    let ended: Error | undefined
    const from = (await store.revision()) + 1
    store.watch({
      start: '/registry/',
      end: '/registry0',
      from,
      // slower than the writers at first, so that etcd has much to send at once
      onEvents: async (events: readonly StoreEvent[]) => {
        for (const event of events) seen.push(event.modRevision)
        if (seen.length < 2_000) await new Promise(resolve => setTimeout(resolve, 20))
      },
      onEnd: error => {
        ended = error
      },
      signal: stop.signal,
    })
    const value = Buffer.alloc(5_000, 'pod ')
    const total = 20_000
    let next = 0
    await Promise.all(
      Array.from({ length: 64 }, async () => {
        for (let i = next++; i < total; i = next++)
          await store.put({ key: `/registry/pods/default/${i}`, value, expected: 0 })
      }),
    )
    await expect.poll(() => ended ?? seen.length, { timeout: 60_000 }).toBe(total)
    expect(seen.every((revision, i) => revision === from + i)).toBe(true)
    stop.abort()
  }, 120_000)

  test('a watch shows the very bytes that were put here, and those of others as they came', async () => {
    await using server = await startEtcdServer()
    await using store = await openEtcdStore({ endpoints: [server.endpoint] })
    await using other = await openEtcdStore({ endpoints: [server.endpoint] })
    const stop = new AbortController()
    const seen: StoreEvent[] = []
    const from = (await store.revision()) + 1
    store.watch({
      start: '/registry/',
      end: '/registry0',
      from,
      onEvents: events => void seen.push(...events),
      onEnd: () => undefined,
      signal: stop.signal,
    })
    const [mine, refused, theirs] = [Buffer.from('mine'), Buffer.from('refused'), Buffer.from('theirs')]
    expect(await store.put({ key: '/registry/a', value: mine, expected: 0 })).toMatchObject({ ok: true })
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(1)
    expect(await store.put({ key: '/registry/a', value: refused, expected: 0 })).toMatchObject({ ok: false })
    await other.put({ key: '/registry/a', value: theirs, expected: from })
    await other.put({ key: '/registry/b', value: theirs, expected: 0 })
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(3)
    expect(seen.map(({ key, value }) => [key, String(value)])).toEqual([
      ['/registry/a', 'mine'],
      ['/registry/a', 'theirs'],
      ['/registry/b', 'theirs'],
    ])
    expect(seen[0]?.value).toBe(mine)
    stop.abort()
  })

  test('a reader that holds a watch back is given what came meanwhile together, each revision whole', async () => {
    await using server = await startEtcdServer()
    await using store = await openEtcdStore({ endpoints: [server.endpoint] })
    const stop = new AbortController()
    const bursts: number[][] = []
    const held = Promise.withResolvers<void>()
    const from = (await store.revision()) + 1
    store.watch({
      start: '/registry/',
      end: '/registry0',
      from,
      onEvents(events, revision) {
        bursts.push(events.map(event => event.modRevision))
        expect(revision).toBe(events.at(-1)?.modRevision)
        return bursts.length === 1 ? held.promise : undefined
      },
      onEnd: () => undefined,
      signal: stop.signal,
    })
    await store.put({ key: '/registry/first', value: Buffer.from('1'), expected: 0 })
    await expect.poll(() => bursts.length, { timeout: 10_000 }).toBe(1)
    const pairs = 100
    for (let i = 0; i < pairs; i++)
      await store.createAll(['a', 'b'].map(name => ({ key: `/registry/${i}/${name}`, value: Buffer.from('1') })))
    held.resolve()
    await expect.poll(() => bursts.flat().length, { timeout: 10_000 }).toBe(1 + 2 * pairs)
    const later = Array.from({ length: pairs }, (_, i) => [from + 1 + i, from + 1 + i]).flat()
    expect(bursts.flat()).toEqual([from, ...later])
    for (const burst of bursts.slice(1)) expect(burst.length % 2).toBe(0)
    expect(bursts.length).toBeLessThan(pairs)
    stop.abort()
  })

  test('speaks TLS with a client certificate', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kubets-etcd-tls-'))
    try {
      const { ca, cert, key } = makeCertificates(directory)
      await using server = await startEtcdServer({
        scheme: 'https',
        args: ['--cert-file', cert, '--key-file', key, '--trusted-ca-file', ca, '--client-cert-auth'],
        health: { ca, cert, key },
      })
      await using store = await openEtcdStore({
        endpoints: [server.endpoint],
        caFile: ca,
        certFile: cert,
        keyFile: key,
      })
      expect(await store.put({ key: '/a', value: Buffer.from('1'), expected: 0 })).toMatchObject({ ok: true })
      await expect(openEtcdStore({ endpoints: [server.endpoint], caFile: ca })).rejects.toThrow(
        `etcd at ${server.endpoint} cannot be used`,
      )
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  test('believes no certificate of another address, nor one of the name that stands for it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kubets-etcd-tls-'))
    try {
      const { ca, cert, key } = makeCertificates(directory, 'IP:127.0.0.2,DNS:etcd')
      const server = createServer({ cert: await readFile(cert), key: await readFile(key), ALPNProtocols: ['h2'] })
      server.on('tlsClientError', () => undefined)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      await expect(openEtcdStore({ endpoints: [`https://127.0.0.1:${port}`], caFile: ca })).rejects.toThrow(
        /IP: 127\.0\.0\.1 is not in the cert's list: 127\.0\.0\.2/,
      )
      await new Promise(resolve => server.close(resolve))
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  test('logs in with a password', async () => {
    await using server = await startEtcdServer()
    const admin = (...args: string[]) =>
      execFileSync('etcdctl', ['--endpoints', server.endpoint, ...args], { env: { ...process.env, ETCDCTL_API: '3' } })
    admin('user', 'add', 'root:secret')
    admin('user', 'grant-role', 'root', 'root')
    admin('auth', 'enable')
    await expect(openEtcdStore({ endpoints: [server.endpoint] })).rejects.toThrow(/user name is empty/)
    await using store = await openEtcdStore({
      endpoints: [server.endpoint],
      auth: { username: 'root', password: 'secret' },
    })
    expect(await store.put({ key: '/a', value: Buffer.from('1'), expected: 0 })).toMatchObject({ ok: true })
    const lease = await store.grantLease(60)
    await store.keepLeaseAlive(lease)
    await store.revokeLease(lease)
    const stop = new AbortController()
    const keys: string[] = []
    store.watch({
      start: '/',
      end: '0',
      from: 1,
      onEvents: events => void keys.push(...events.map(event => event.key)),
      onEnd: () => undefined,
      signal: stop.signal,
    })
    await expect.poll(() => keys).toEqual(['/a'])
    stop.abort()
  })

  test('says which servers do not answer', async () => {
    const started = performance.now()
    await expect(openEtcdStore({ endpoints: ['http://127.0.0.1:1'] })).rejects.toThrow(
      /etcd at http:\/\/127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED/,
    )
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

test.each([
  ['3.4.23', false],
  ['3.4.30', false],
  ['3.4.31', true],
  ['3.5.0', false],
  ['3.5.12', false],
  ['3.5.13', true],
  ['3.5.21-rc.0', true],
  ['3.6.0', true],
  ['4.0.0', true],
  ['3.3.10', false],
])('progress of etcd %s is trusted: %s', (version, trusted) => {
  expect(hasTrustedProgress(version)).toBe(trusted)
})

describe('the protobuf codec', () => {
  test('numbers of all sizes come back', () => {
    const numbers = [1, 127, 128, 300, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER]
    const message = new MessageWriter()
    for (const [i, number] of numbers.entries()) message.number(i + 1, number)
    message.int64(40, 0x7fffffffffffffffn).int64(41, -1n).text(42, 'ключ').flag(43, true).number(44, 0)
    const reader = new MessageReader(message.finish())
    for (const [i, number] of numbers.entries()) expect([reader.next(), reader.number()]).toEqual([i + 1, number])
    expect([reader.next(), reader.bigint()]).toEqual([40, 0x7fffffffffffffffn])
    expect([reader.next(), reader.bigint()]).toEqual([41, -1n])
    expect([reader.next(), reader.text()]).toEqual([42, 'ключ'])
    expect([reader.next(), reader.number()]).toEqual([43, 1])
    expect(reader.next()).toBe(0)
  })

  test('the watch id of a progress answer, -1, is read as such', () => {
    const message = new MessageWriter().message(1, new MessageWriter().number(3, 77)).int64(2, -1n).finish()
    expect(decodeWatch(message)).toMatchObject({ revision: 77, watchId: -1, events: [] })
  })

  test('unknown fields are passed over, a message that is cut off is an error', () => {
    const kv = new MessageWriter().text(1, '/a').number(3, 9).text(90, 'unknown').bytes(5, Buffer.from('value'))
    const message = new MessageWriter().message(2, kv).number(77, 5).number(4, 1).finish()
    expect(decodeRange(message)).toMatchObject({ count: 1, kvs: [{ key: '/a', modRevision: 9 }] })
    for (let cut = 1; cut < 20; cut++) expect(() => decodeRange(message.subarray(0, cut))).toThrow('cut off')
  })

  test('a transaction grows with its values', () => {
    const value = Buffer.alloc(1_000_000, 7)
    const bytes = encodeTxn({ compare: [{ key: '/a', modRevision: 0 }], success: [{ key: '/a', value }], read: '/a' })
    expect(bytes.length).toBeGreaterThan(1_000_000)
    expect(bytes.includes(value)).toBe(true)
    const txn = new MessageReader(unframed(bytes))
    expect(txn.next()).toBe(1)
    const compare = txn.message()
    expect([compare.next(), compare.number(), compare.next(), compare.text()]).toEqual([2, 2, 3, '/a'])
    expect(txn.next()).toBe(2)
    const operation = txn.message()
    expect(operation.next()).toBe(2)
    const put = operation.message()
    expect([put.next(), put.text(), put.next(), put.bytes().equals(value), put.next()]).toEqual([1, '/a', 2, true, 0])
  })
})

/** What its threads are in: a signal stops one after the other. */
function states(pid: number): string[] {
  const threads = readdirSync(`/proc/${pid}/task`)
  const stats = threads.map(thread => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))
  return [...new Set(stats.map(stat => stat.slice(stat.lastIndexOf(')') + 2)[0] ?? ''))]
}

/** An authority and one certificate for 127.0.0.1, by openssl: the store takes files that others made. */
function makeCertificates(directory: string, names = 'IP:127.0.0.1'): { ca: string; cert: string; key: string } {
  const file = (name: string) => join(directory, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
    '-subj',
    '/CN=test-ca',
    '-days',
    '2',
  )
  openssl('req', ...newKey, '-keyout', file('etcd.key'), '-out', file('etcd.csr'), '-subj', '/CN=etcd')
  const extensions = `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`
  execFileSync('sh', ['-c', 'cat > "$1"', 'sh', file('ext')], { input: extensions })
  const sign = [
    '-CA',
    file('ca.crt'),
    '-CAkey',
    file('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    file('ext'),
  ]
  openssl('x509', '-req', '-in', file('etcd.csr'), ...sign, '-out', file('etcd.crt'))
  return { ca: file('ca.crt'), cert: file('etcd.crt'), key: file('etcd.key') }
}
