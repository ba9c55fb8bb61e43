import { readFile } from 'node:fs/promises'
import { type FlagValues, type Logger, type Running, runMain, running, UsageError } from '@kubets/component'
import type { KeyValueStore } from '@kubets/storage'
import { choosePlugins, type PluginChoice } from './admission/plugin-names.ts'
import { auditOptions } from './audit/flags.ts'
import type { AuthorizationOptions } from './authorization/configuration/contract.ts'
import type { EndpointReconcilerType } from './bootstrap/endpoint-reconciler/index.ts'
import { flags } from './flags.ts'
import type { ApiServerOptions } from './options.ts'
import type { StorageMediaType } from './resources/stored-form.ts'
import type { ServiceAccountOptions } from './service-accounts/options.ts'

type Values = FlagValues<typeof flags>

/** Upstream's time for etcd to be there at the start; after it the process ends, and whoever runs it starts it again. */
const etcdStartTimeout = 20_000

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
  const serviceAccounts = await serviceAccountOptions(values)
  const authorization = await authorizationOptions(values)
  const { startApiServer } = await import('./index.ts')
  await using undo = new AsyncDisposableStack()
  const store = await openStore(values, logger)
  undo.defer(() => store.close())
  const advertiseAddress = values['advertise-address']
  const server = await startApiServer({
    bindAddress: values['bind-address'],
    port: values['secure-port'],
    ...(advertiseAddress === undefined ? {} : { advertiseAddress }),
    tls: { cert, key },
    clientCa,
    ...(tokens === undefined ? {} : { tokens }),
    ...(serviceAccounts === undefined ? {} : { serviceAccounts }),
    authorization,
    admissionPlugins: admissionPlugins(values),
    audit: auditOptions(values),
    store,
    storageMediaType: values['storage-media-type'] as StorageMediaType,
    ...encryptionOptions(values),
    ...(kubelet === undefined ? {} : { kubeletClient: kubelet }),
    serviceClusterIpRange: values['service-cluster-ip-range'],
    serviceNodePortRange: values['service-node-port-range'],
    runtimeConfig: values['runtime-config'],
    eventTtl: values['event-ttl'],
    leaseReuseDuration: values['lease-reuse-duration-seconds'],
    endpointReconcilerType: values['endpoint-reconciler-type'] as EndpointReconcilerType,
    apiserverCount: apiserverCount(values),
    healthcheckTimeout: values['etcd-healthcheck-timeout'],
    readycheckTimeout: values['etcd-readycheck-timeout'],
    minRequestTimeout: values['min-request-timeout'] * 1000,
    compactionInterval: values['etcd-compaction-interval'],
    logger,
  })
  undo.defer(() => server.stop())
  return running(undo.move())
}

function admissionPlugins(values: Values): PluginChoice {
  const choice = { enable: values['enable-admission-plugins'], disable: values['disable-admission-plugins'] }
  try {
    choosePlugins(choice, () => undefined)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  return choice
}

function encryptionOptions(values: Values): Pick<ApiServerOptions, 'encryption'> {
  const file = values['encryption-provider-config'] ?? values['experimental-encryption-provider-config'] ?? ''
  const reload = values['encryption-provider-config-automatic-reload']
  if (file !== '') return { encryption: { file, reload } }
  if (reload)
    throw new UsageError('--encryption-provider-config-automatic-reload must be set with --encryption-provider-config')
  return {}
}

function apiserverCount(values: Values): number {
  const count = values['apiserver-count'] ?? 1
  if (count <= 0) throw new UsageError(`--apiserver-count should be a positive number, but value '${count}' provided`)
  return count
}

async function authorizationOptions(values: Values): Promise<AuthorizationOptions> {
  const { authorizationFromFlags } = await import('./authorization/configuration/from-flags.ts')
  try {
    return await authorizationFromFlags(values)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function openStore(values: Values, logger: Logger): Promise<KeyValueStore> {
  if (values['etcd-servers-overrides'].length > 0)
    throw new UsageError(
      '--etcd-servers-overrides is not supported: all kinds live in one store, whose one revision every watch and LIST relies on (docs/storage.md)',
    )
  if (values['storage-backend'] === 'embedded') {
    const directory = values['data-dir']
    if (directory === undefined) throw new UsageError('--data-dir must be set for --storage-backend=embedded')
    const { normalizedPrefix, openEmbeddedStore, storePrefix } = await import('@kubets/storage')
    if (normalizedPrefix(values['etcd-prefix']) !== storePrefix)
      throw new UsageError('--etcd-prefix needs --storage-backend=etcd3: the embedded store is for one cluster')
    return openEmbeddedStore({ directory })
  }
  if (values['etcd-servers'].length === 0) throw new UsageError('--etcd-servers must be specified')
  const { openEtcdStore } = await import('@kubets/storage')
  const { 'etcd-cafile': caFile, 'etcd-certfile': certFile, 'etcd-keyfile': keyFile } = values
  return openEtcdStore({
    endpoints: values['etcd-servers'],
    prefix: values['etcd-prefix'],
    waitFor: etcdStartTimeout,
    logger,
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

/** Nothing said of service accounts: their tokens are neither made nor believed. */
async function serviceAccountOptions(values: Values): Promise<ServiceAccountOptions | undefined> {
  const issuers = values['service-account-issuer']
  const signingKey = await optional(values, 'service-account-signing-key-file')
  if (issuers.length === 0) {
    if (signingKey !== undefined)
      throw new UsageError('--service-account-signing-key-file needs --service-account-issuer')
    return undefined
  }
  const keys = await Promise.all(values['service-account-key-file'].map(path => read('service-account-key-file', path)))
  const audiences = values['api-audiences']
  const jwksUri = values['service-account-jwks-uri'] || undefined
  if (jwksUri !== undefined && !URL.canParse(jwksUri))
    throw new UsageError('service-account-jwks-uri must be a valid URL')
  if (jwksUri !== undefined && new URL(jwksUri).protocol !== 'https:')
    throw new UsageError(`service-account-jwks-uri requires https scheme, parsed as: ${jwksUri}`)
  return {
    issuers,
    ...(signingKey === undefined ? {} : { signingKey }),
    ...(keys.length === 0 ? {} : { keys }),
    ...(audiences.length === 0 ? {} : { audiences }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    maxExpiration: values['service-account-max-token-expiration'] / 1000,
    extendExpiration: values['service-account-extend-token-expiration'],
  }
}

type FileFlag = Exclude<Extract<keyof Values, `${string}file` | `kubelet-c${string}`>, 'service-account-key-file'>

async function required(values: Values, flag: FileFlag): Promise<string> {
  const text = await optional(values, flag)
  if (text === undefined) throw new UsageError(`--${flag} must be set`)
  return text
}

async function optional(values: Values, flag: FileFlag): Promise<string | undefined> {
  const path = values[flag]
  return path === undefined || path === '' ? undefined : read(flag, path)
}

async function read(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(`--${flag}: cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
}
