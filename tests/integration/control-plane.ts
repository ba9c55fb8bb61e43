import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApiServer } from '@kubets/api-server'
import { builtinCatalogue } from '@kubets/api-types'
import { type Client, type ClientConfig, createClient } from '@kubets/client'
import { openClusterPki } from '@kubets/pki'
import { type KeyValueStore, openEmbeddedStore } from '@kubets/storage'

/** A real api-server over the embedded store in a folder of its own, that a test may kill and bring back. */
export interface ControlPlane extends AsyncDisposable {
  /** Of a member of system:masters. */
  config: ClientConfig
  client: Client
  /** Of somebody else, with a certificate of their own: only what roles allow. */
  configOf(user: string, groups?: readonly string[], certificate?: { days: number }): Promise<ClientConfig>
  /** Ends the api-server and closes its store; the folder stays. */
  down(): Promise<void>
  /** Starts it again on the same port over the same store, or over another. */
  up(open?: () => Promise<KeyValueStore>): Promise<void>
  /** The folder of the embedded store. */
  storeDirectory: string
}

export async function startControlPlane({
  // not everybody who stands on this runs the controllers that make service accounts and take the taint off new nodes
  disabledAdmission = ['ServiceAccount', 'TaintNodesByCondition'],
}: {
  disabledAdmission?: readonly string[]
} = {}): Promise<ControlPlane> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-control-plane-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const pki = await openClusterPki(join(directory, 'pki'))
  const ca = pki.authority.cert
  const serving = await pki.issue('apiserver', {
    commonName: 'kube-apiserver',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  })
  const admin = await pki.issue('admin', {
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    usages: ['client'],
  })
  const signing = await pki.signingKey()
  let port = 0
  const storeDirectory = join(directory, 'store')
  const start = async (open = () => openEmbeddedStore({ directory: storeDirectory })) => {
    await using parts = new AsyncDisposableStack()
    const store = parts.use(await open())
    const server = await startApiServer({
      admissionPlugins: { disable: disabledAdmission },
      bindAddress: '127.0.0.1',
      port,
      tls: serving,
      clientCa: ca,
      authorization: ['Node', 'RBAC'],
      // whoever has a certificate as `front-proxy-client` is one
      authentication: {
        requestHeaders: {
          ca,
          allowedNames: ['front-proxy-client'],
          usernameHeaders: ['X-Remote-User'],
          uidHeaders: ['X-Remote-Uid'],
          groupHeaders: ['X-Remote-Group'],
          extraPrefixes: ['X-Remote-Extra-'],
        },
      },
      serviceAccounts: { issuers: ['https://kubernetes.default.svc.cluster.local'], signingKey: signing.key },
      store,
      catalogue: builtinCatalogue,
    })
    parts.defer(() => server.stop())
    port = server.port
    return parts.move()
  }
  let running: AsyncDisposableStack | undefined = await start()
  const down = async () => {
    const parts = running
    running = undefined
    await parts?.disposeAsync()
  }
  undo.defer(down)
  const config = { server: `https://127.0.0.1:${port}`, ca, ...admin }
  const client = undo.use(createClient(config))
  const owned = undo.move()
  return {
    config,
    client,
    async configOf(user, organizations = [], certificate = { days: 365 }) {
      const about = { commonName: user, organizations, usages: ['client' as const], ...certificate }
      const pair = await pki.issue(user.replaceAll(':', '-'), about)
      return { server: config.server, ca, ...pair }
    },
    down,
    async up(open) {
      running = await start(open)
    },
    storeDirectory,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
