import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEtcdStore } from '../index.ts'
import { type EtcdCluster, startEtcdCluster } from './cluster.ts'
import { freePorts } from './free-ports.ts'
import { startEtcdServer } from './server.ts'

describe('an etcd store that cannot be opened says what to do', () => {
  let cluster: EtcdCluster
  let other: { ca: string; cert: string; key: string }
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubets-etcd-refusals-'))
    cluster = await startEtcdCluster({ members: 1 })
    const authority = await createCertificateAuthority('somebody-else')
    const pair = await issueCertificate(authority, { commonName: 'client', usages: ['client'] })
    other = { ca: join(directory, 'ca'), cert: join(directory, 'cert'), key: join(directory, 'key') }
    await Promise.all([
      writeFile(other.ca, authority.cert),
      writeFile(other.cert, pair.cert),
      writeFile(other.key, pair.key),
    ])
  })
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  const open = async (given: { endpoints?: string[]; caFile?: string; certFile?: string; keyFile?: string }) => {
    const { ca, cert, key } = cluster.files
    const options = {
      endpoints: cluster.endpoints,
      caFile: ca,
      certFile: cert,
      keyFile: key,
      waitFor: 15_000,
      ...given,
    }
    await (await openEtcdStore(options)).close()
  }

  test.each([
    ['another authority', () => ({ caFile: other.ca }), /not signed by an authority in --etcd-cafile/],
    [
      "somebody else's client certificate",
      () => ({ certFile: other.cert, keyFile: other.key }),
      /etcd does not accept our certificate: --etcd-certfile/,
    ],
    ['no client certificate', () => ({ certFile: '', keyFile: '' }), /etcd does not accept our certificate/],
    [
      'the key of another certificate',
      () => ({ keyFile: other.key }),
      /the key in --etcd-keyfile is not that of --etcd-certfile/,
    ],
    ['a certificate without its key', () => ({ keyFile: '' }), /must be given together/],
    ['a file that is not there', () => ({ caFile: '/nowhere/ca' }), /--etcd-cafile: cannot read \/nowhere\/ca/],
    ['a file that is no certificate', () => ({ caFile: other.key }), /--etcd-cafile/],
  ])('%s', async (_, given, message) => {
    await expect(open(given())).rejects.toThrow(message)
  })

  test('a name that the certificate lacks', async () => {
    const [endpoint = ''] = cluster.endpoints
    const proxy = createServer(socket => {
      const there = connect(Number(new URL(endpoint).port), '127.0.0.1')
      socket.pipe(there).pipe(socket)
      for (const one of [socket, there]) one.on('error', () => undefined)
    }).listen(0, '127.0.0.2')
    await once(proxy, 'listening')
    const { port } = proxy.address() as { port: number }
    await expect(open({ endpoints: [`https://127.0.0.2:${port}`] })).rejects.toThrow(/does not name that host/)
    proxy.close()
  })

  test('plain text where TLS is spoken', async () => {
    const plain = cluster.endpoints.map(one => one.replace('https', 'http'))
    await expect(openEtcdStore({ endpoints: plain }).then(store => store.close())).rejects.toThrow(/cannot be used/)
  })

  test('TLS where plain text is spoken', async () => {
    await using server = await startEtcdServer()
    const { ca: caFile } = cluster.files
    await expect(openEtcdStore({ endpoints: [server.endpoint.replace('http', 'https')], caFile })).rejects.toThrow(
      /if it does not speak TLS, write http:\/\/ in --etcd-servers/,
    )
  })
})

describe('an etcd that is not there yet', () => {
  test('is waited for, and said', async () => {
    const [port = 0] = await freePorts(1)
    const lines: string[] = []
    const logger = { warn: (_: object, text: string) => lines.push(text) }
    const endpoint = `http://127.0.0.1:${port}`
    const opening = openEtcdStore({ endpoints: [endpoint], waitFor: 30_000, logger: logger as never })
    await expect.poll(() => lines).toContain('etcd does not answer yet')
    await using _server = await startEtcdServer({ port })
    await using store = await opening
    expect(await store.revision()).toBeGreaterThan(0)
  })

  test('is waited for so long and no longer', async () => {
    const [port = 0] = await freePorts(1)
    await expect(openEtcdStore({ endpoints: [`http://127.0.0.1:${port}`], waitFor: 600 })).rejects.toThrow(
      /cannot be used: .*ECONNREFUSED/,
    )
  })
})

test('a full database is told in the words of etcd, and reads go on', async () => {
  await using server = await startEtcdServer({ args: ['--quota-backend-bytes', String(3 * 1024 * 1024)] })
  await using store = await openEtcdStore({ endpoints: [server.endpoint] })
  const value = Buffer.alloc(512 * 1024, 1)
  let refused: unknown
  for (let i = 0; i < 100 && refused === undefined; i++)
    await store.put({ key: `/registry/full/${i}`, value, expected: 0 }).catch(error => {
      refused = error
    })
  expect(refused).toMatchObject({
    name: 'EtcdServerError',
    message: 'etcdserver: mvcc: database space exceeded',
  })
  expect((await store.get('/registry/full/0')).kv?.value.length).toBe(value.length)
})
