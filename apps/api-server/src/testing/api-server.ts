import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateAuthority, issueCertificate, type KeyPair, kubeconfig } from '@kubets/pki'
import { type KeyValueStore, openEmbeddedStore } from '@kubets/storage'
import { type ApiServer, type ApiServerOptions, startApiServer } from '../index.ts'
import { type HttpClient, http1Client, http2Client } from './http-client.ts'

/** An api-server over an embedded store in a folder of its own, with clients that are `admin`. */
export interface TestApiServer extends AsyncDisposable {
  readonly server: ApiServer
  readonly store: KeyValueStore
  readonly authority: KeyPair
  readonly admin: KeyPair
  readonly directory: string
  readonly h1: HttpClient
  readonly h2: HttpClient
  /** Text of a kubeconfig file for `admin`. */
  readonly kubeconfig: string
  /** What a client without a certificate needs. */
  connection: { port: number; ca: string }
}

let made: Promise<{ authority: KeyPair; serving: KeyPair; admin: KeyPair }> | undefined

/** Certificates are made once a test file: they are what takes time. */
export function testCertificates() {
  made ??= (async () => {
    const authority = await createCertificateAuthority('kubernetes')
    const [serving, admin] = await Promise.all([
      issueCertificate(authority, {
        commonName: 'kube-apiserver',
        dnsNames: ['localhost'],
        ipAddresses: ['127.0.0.1'],
        usages: ['server', 'client'],
      }),
      issueCertificate(authority, {
        commonName: 'kubernetes-admin',
        organizations: ['system:masters'],
        usages: ['client'],
      }),
    ])
    return { authority, serving, admin }
  })()
  return made
}

export async function testApiServer(options: Partial<ApiServerOptions> = {}): Promise<TestApiServer> {
  await using undo = new AsyncDisposableStack()
  const { authority, serving, admin } = await testCertificates()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-api-server-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const store = options.store ?? (await openEmbeddedStore({ directory: join(directory, 'store') }))
  if (options.store === undefined) undo.defer(() => store.close())
  const server = await startApiServer({
    bindAddress: '127.0.0.1',
    port: 0,
    tls: serving,
    clientCa: authority.cert,
    // nobody makes service accounts here
    admissionPlugins: { disable: ['ServiceAccount'] },
    allowPrivileged: true,
    ...options,
    store,
  })
  undo.defer(() => server.stop())
  const connection = { port: server.port, ca: authority.cert }
  const h1 = undo.use(http1Client({ ...connection, ...admin }))
  const h2 = undo.use(await http2Client({ ...connection, ...admin }))
  const stack = undo.move()
  return {
    server,
    store,
    authority,
    admin,
    directory,
    h1,
    h2,
    connection,
    kubeconfig: kubeconfig({ server: server.url, ca: authority.cert, user: { name: 'admin', ...admin } }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
