import { X509Certificate } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import type { ConfigMap } from '@kubets/api-types'
import { createClient, followKubeconfig, loadKubeconfig, resources } from '@kubets/client'
import { CertificateFiles, silentLogger } from '@kubets/component'
import { createCertificateAuthority, createSigningKey, identities, issueCertificate, kubeconfig } from '@kubets/pki'
import { type EtcdServer, startEtcdServer } from '@kubets/storage/etcd-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pki, type Service, startService } from './services.ts'

let folder: string
let etcd: EtcdServer
let server: Service
let port: number
const undo = new AsyncDisposableStack()
const file = (name: string) => join(folder, 'pki', name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-renewal-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  await pki(folder, 'init')
  etcd = undo.use(
    await startEtcdServer({
      scheme: 'https',
      args: [
        ...['--cert-file', file('etcd/server.crt'), '--key-file', file('etcd/server.key')],
        ...['--trusted-ca-file', file('etcd/ca.crt'), '--client-cert-auth'],
      ],
      health: {
        ca: file('etcd/ca.crt'),
        cert: file('etcd/healthcheck-client.crt'),
        key: file('etcd/healthcheck-client.key'),
      },
    }),
  )
  server = await startService(undo, 'api-server', [
    ...['--bind-address=127.0.0.1', '--secure-port=0', '--authorization-mode=Node,RBAC'],
    `--tls-cert-file=${file('apiserver.crt')}`,
    `--tls-private-key-file=${file('apiserver.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    `--kubelet-client-certificate=${file('apiserver-kubelet-client.crt')}`,
    `--kubelet-client-key=${file('apiserver-kubelet-client.key')}`,
    `--kubelet-certificate-authority=${file('ca.crt')}`,
    `--proxy-client-cert-file=${file('front-proxy-client.crt')}`,
    `--proxy-client-key-file=${file('front-proxy-client.key')}`,
    `--requestheader-client-ca-file=${file('front-proxy-ca.crt')}`,
    ...['--requestheader-allowed-names=front-proxy-client', '--requestheader-username-headers=X-Remote-User'],
    `--service-account-signing-key-file=${file('sa.key')}`,
    `--service-account-key-file=${file('sa.pub')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--disable-admission-plugins=ServiceAccount',
    `--etcd-servers=${etcd.endpoint}`,
    `--etcd-cafile=${file('etcd/ca.crt')}`,
    `--etcd-certfile=${file('apiserver-etcd-client.crt')}`,
    `--etcd-keyfile=${file('apiserver-etcd-client.key')}`,
  ])
  port = Number(/"port":(\d+)/.exec(server.output())?.[1])
}, 60_000)
afterAll(() => undo.disposeAsync())

/** The certificate that a new connection is shown. */
const shown = () =>
  new Promise<X509Certificate>((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate()
      socket.destroy()
      if (certificate === undefined) reject(new Error('no certificate'))
      else resolve(certificate)
    })
    socket.on('error', reject)
  })

const config = async (name = 'super-admin.conf') => ({
  ...(await loadKubeconfig({ file: join(folder, name) })),
  server: `https://127.0.0.1:${port}`,
})

/** Status of a request on a connection of its own. */
const status = (pair: { cert: string; key: string }, ca: string) =>
  new Promise<number>((resolve, reject) => {
    const asking = request(
      { host: '127.0.0.1', port, path: '/api/v1/namespaces/default', agent: false, ca, ...pair },
      answer => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    asking.on('error', reject)
    asking.end()
  })

async function metric(name: string): Promise<string[]> {
  await using client = createClient(await config())
  const { body } = await client.raw('GET', '/metrics')
  return body
    .toString()
    .split('\n')
    .filter(line => line.startsWith(name))
}

test('what pki init makes runs a control plane over TLS, and renewed files are taken up without a restart', async () => {
  await using client = createClient(await config())
  await client.create(resources.namespaces, { metadata: { name: 'before' } })
  const before = await shown()

  await pki(folder, 'renew', 'all')
  const own = new X509Certificate(await readFile(file('apiserver.crt')))
  expect(own.fingerprint256).not.toBe(before.fingerprint256)
  await expect.poll(async () => (await shown()).fingerprint256).toBe(own.fingerprint256)
  // the renewed client's certificate, and the connection that stood
  await using renewed = createClient(await config())
  await renewed.create(resources.namespaces, { metadata: { name: 'after' } })
  expect((await client.get(resources.namespaces, { name: 'after' })).metadata?.name).toBe('after')

  const seconds = own.validToDate.getTime() / 1000
  expect(await metric('kubets_certificate_expiration_timestamp_seconds{certificate="serving"}')).toEqual([
    `kubets_certificate_expiration_timestamp_seconds{certificate="serving"} ${seconds}`,
  ])
  for (const name of ['serving', 'kubelet-client', 'proxy-client', 'etcd-client'])
    await expect
      .poll(() => metric(`kubets_certificate_reloads_total{certificate="${name}",status="success"}`))
      .toEqual([`kubets_certificate_reloads_total{certificate="${name}",status="success"} 1`])
  // etcd has been left for a moment: the new certificate opens the next connection
  await etcd.kill()
  await etcd.restart()
  await expect
    .poll(() =>
      renewed.create(resources.namespaces, { metadata: { generateName: 'again-' } }).then(() => 'made', String),
    )
    .toBe('made')
  expect((await metric('apiserver_client_certificate_expiration_seconds_count'))[0]).toMatch(/ [1-9]\d*$/)
}, 60_000)

test('a broken certificate leaves the one before, and is counted', async () => {
  const before = (await shown()).fingerprint256
  const whole = await readFile(file('apiserver.crt'), 'utf8')
  await writeFile(file('apiserver.crt'), whole.slice(0, 200))
  await expect
    .poll(() => metric('kubets_certificate_reloads_total{certificate="serving",status="failure"}'))
    .toEqual(['kubets_certificate_reloads_total{certificate="serving",status="failure"} 1'])
  expect((await shown()).fingerprint256).toBe(before)
  expect(server.output()).toContain('A file has changed and will not do: what was read before stays')
  await writeFile(file('apiserver.crt'), whole)
})

test('a second authority of clients is believed, published, and refused again when it is taken away', async () => {
  const { ca = '' } = await config()
  const old = await readFile(file('ca.crt'), 'utf8')
  const other = await createCertificateAuthority('other')
  const stranger = await issueCertificate(other, identities.superAdmin)
  expect(await status(stranger, ca)).toBe(401)
  await writeFile(file('ca.crt'), old + other.cert)
  await expect.poll(() => status(stranger, ca)).toBe(200)
  await using client = createClient(await config())
  const published = async () =>
    (
      await client.get<ConfigMap>(resources.configMaps, {
        namespace: 'kube-system',
        name: 'extension-apiserver-authentication',
      })
    ).data?.['client-ca-file']
  await expect.poll(published, { timeout: 25_000 }).toContain(other.cert.trim())

  // also on a connection that stands
  await using connected = createClient({ server: `https://127.0.0.1:${port}`, ca, ...stranger })
  expect((await connected.raw('GET', '/api/v1/namespaces/default')).status).toBe(200)
  await writeFile(file('ca.crt'), old)
  await expect.poll(async () => (await connected.raw('GET', '/api/v1/namespaces/default')).status).toBe(401)
  expect(await status(stranger, ca)).toBe(401)
}, 60_000)

test('an intermediate without its root among the authorities of clients is believed, as Go does', async () => {
  const { ca = '' } = await config()
  const old = await readFile(file('ca.crt'), 'utf8')
  const root = await createCertificateAuthority('root')
  const between = await issueCertificate(root, { commonName: 'between', usages: [], authority: true })
  const client = await issueCertificate(between, identities.superAdmin)
  expect(await status(client, ca)).toBe(401)
  await writeFile(file('ca.crt'), old + between.cert)
  await expect.poll(() => status(client, ca)).toBe(200)
  // what the root has signed beside it is not
  expect(await status(await issueCertificate(root, identities.superAdmin), ca)).toBe(401)
  await writeFile(file('ca.crt'), old)
})

test('keys of service accounts are taken up: tokens of a key that is gone are believed no more', async () => {
  await using client = createClient(await config())
  await client.raw('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } })
  const token = async () => {
    const answer = await client.raw('POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', { spec: {} })
    return String(JSON.parse(answer.body.toString()).status.token)
  }
  const keySet = async () =>
    (await client.raw('GET', '/openid/v1/jwks', undefined, { accept: 'application/jwk-set+json' })).body.toString()
  const { ca = '' } = await config()
  const knows = async (bearer: string) => {
    await using robot = createClient({ server: `https://127.0.0.1:${port}`, ca, token: bearer })
    return (await robot.raw('GET', '/api')).status !== 401
  }
  const before = await token()
  expect(await knows(before)).toBe(true)
  const published = await keySet()
  expect(published).toContain('keys')
  const { key, publicKey } = await createSigningKey()
  await writeFile(file('sa.key'), key)
  await writeFile(file('sa.pub'), publicKey)
  await expect.poll(() => knows(before)).toBe(false)
  expect(await knows(await token())).toBe(true)
  expect(await keySet()).not.toBe(published)
})

test("a service's client goes on as whom its kubeconfig says now", async () => {
  const path = join(folder, 'follow.conf')
  const { ca = '' } = await config()
  const authority = { cert: await readFile(file('ca.crt'), 'utf8'), key: await readFile(file('ca.key'), 'utf8') }
  const of = async (name: string) =>
    kubeconfig({
      server: `https://127.0.0.1:${port}`,
      ca,
      user: {
        name,
        ...(await issueCertificate(authority, {
          commonName: name,
          organizations: ['system:masters'],
          usages: ['client'],
        })),
      },
    })
  await writeFile(path, await of('first'))
  const stop = new AbortController()
  const files = new CertificateFiles({ logger: silentLogger(), signal: stop.signal })
  await using client = createClient(await followKubeconfig({ file: path, files }))
  const self = async () => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const answer = await client.raw('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', review)
    return JSON.parse(answer.body.toString()).status.userInfo.username
  }
  expect(await self()).toBe('first')
  await cp(path, `${path}.old`)
  await writeFile(path, await of('second'))
  await expect.poll(self).toBe('second')
  stop.abort()
})
