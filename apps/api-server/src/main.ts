import { readFile } from 'node:fs/promises'
import { type FlagValues, type Logger, type Running, runMain, running, UsageError } from '@kubets/component'
import type { KeyValueStore } from '@kubets/storage'
import { flags } from './flags.ts'

type Values = FlagValues<typeof flags>

await runMain({
  name: 'api-server',
  about: 'The Kubernetes API server validates and stores the objects of a cluster, and tells everybody what changes.',
  flags,
  start,
})

async function start(values: Values, logger: Logger): Promise<Running> {
  const [cert, key, clientCa, tokens] = await Promise.all([
    required(values, 'tls-cert-file'),
    required(values, 'tls-private-key-file'),
    required(values, 'client-ca-file'),
    optional(values, 'token-auth-file'),
  ])
  const kubelet = await kubeletClient(values)
  const { startApiServer } = await import('./index.ts')
  await using undo = new AsyncDisposableStack()
  const store = await openStore(values)
  undo.defer(() => store.close())
  const advertiseAddress = values['advertise-address']
  const server = await startApiServer({
    bindAddress: values['bind-address'],
    port: values['secure-port'],
    ...(advertiseAddress === undefined ? {} : { advertiseAddress }),
    tls: { cert, key },
    clientCa,
    ...(tokens === undefined ? {} : { tokens }),
    authorizationMode: values['authorization-mode'] as 'AlwaysAllow' | 'AlwaysDeny',
    store,
    ...(kubelet === undefined ? {} : { kubeletClient: kubelet }),
    serviceClusterIpRange: values['service-cluster-ip-range'],
    serviceNodePortRange: values['service-node-port-range'],
    runtimeConfig: values['runtime-config'],
    eventTtl: values['event-ttl'],
    minRequestTimeout: values['min-request-timeout'] * 1000,
    compactionInterval: values['etcd-compaction-interval'],
    logger,
  })
  undo.defer(() => server.stop())
  return running(undo.move())
}

async function openStore(values: Values): Promise<KeyValueStore> {
  if (values['storage-backend'] === 'embedded') {
    const directory = values['data-dir']
    if (directory === undefined) throw new UsageError('--data-dir must be set for --storage-backend=embedded')
    const { openEmbeddedStore } = await import('@kubets/storage')
    return openEmbeddedStore({ directory })
  }
  if (values['etcd-servers'].length === 0) throw new UsageError('--etcd-servers must be specified')
  const { openEtcdStore } = await import('@kubets/storage')
  const { 'etcd-cafile': caFile, 'etcd-certfile': certFile, 'etcd-keyfile': keyFile } = values
  return openEtcdStore({
    endpoints: values['etcd-servers'],
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  })
}

async function kubeletClient(values: Values) {
  const [cert, key, ca] = await Promise.all([
    optional(values, 'kubelet-client-certificate'),
    optional(values, 'kubelet-client-key'),
    optional(values, 'kubelet-certificate-authority'),
  ])
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined || ca === undefined)
    throw new UsageError(
      '--kubelet-client-certificate, --kubelet-client-key and --kubelet-certificate-authority must be set together',
    )
  return { cert, key, ca }
}

type FileFlag = Extract<keyof Values, `${string}file` | `kubelet-c${string}`>

async function required(values: Values, flag: FileFlag): Promise<string> {
  const text = await optional(values, flag)
  if (text === undefined) throw new UsageError(`--${flag} must be set`)
  return text
}

async function optional(values: Values, flag: FileFlag): Promise<string | undefined> {
  const path = values[flag]
  if (path === undefined || path === '') return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(`--${flag}: cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
}
