import { readFile } from 'node:fs/promises'
import {
  type FlagValues,
  type Logger,
  type Running,
  runMain,
  running,
  tlsSettings,
  UsageError,
} from '@kubets/component'
import type { KeyValueStore } from '@kubets/storage'
import { choosePlugins, onByDefault, type PluginChoice } from './admission/plugin-names.ts'
import { auditOptions } from './audit/flags.ts'
import { authenticationFromFlags } from './authentication/flags.ts'
import type { AuthorizationOptions } from './authorization/configuration/contract.ts'
import type { EndpointReconcilerType } from './bootstrap/endpoint-reconciler/index.ts'
import { flags } from './flags.ts'
import type { ApiServerOptions } from './options.ts'
import type { KubeletClientOptions } from './proxy/kubelet.ts'
import { absentFlags } from './removed-flags.ts'
import type { StorageMediaType } from './resources/stored-forms.ts'
import type { ServiceAccountOptions } from './service-accounts/options.ts'
import { firstServiceAddress } from './services/ip-range.ts'
import { servingLimits } from './serving/request-flags.ts'
import { servingCertificate } from './serving/serving-certificate.ts'

type Values = FlagValues<typeof flags>

/** Upstream's time for etcd to be there at the start; after it the process ends, and whoever runs it starts it again. */
const etcdStartTimeout = 20_000

/** Upstream's word for the cluster itself, where nobody has said another. */
const defaultIssuer = 'https://kubernetes.default.svc'

await runMain({
  name: 'api-server',
  privateFiles: true,
  about: 'The Kubernetes API server validates and stores the objects of a cluster, and tells everybody what changes.',
  flags,
  absentFlags,
  start,
})

async function start(values: Values, logger: Logger, given: ReadonlySet<string>): Promise<Running> {
  refuseInsecurePort(values)
  const serviceClusterIpRange = serviceRange(values, logger)
  const [tls, clientCa, tokens] = await Promise.all([
    serving(values, serviceClusterIpRange, logger),
    optional(values, 'client-ca-file'),
    optional(values, 'token-auth-file'),
  ])
  const authentication = await authenticationFromFlags(values, given, clientCa)
  const [kubelet, proxyClient] = await Promise.all([kubeletClient(values, logger), proxyClientPair(values)])
  const serviceAccounts = await serviceAccountOptions(values, logger)
  const authorization = await authorizationOptions(values)
  const admission = await admissionOptions(values)
  const { startApiServer } = await import('./index.ts')
  await using undo = new AsyncDisposableStack()
  const store = await openStore(values, logger)
  undo.defer(() => store.close())
  const advertiseAddress = values['advertise-address']
  const server = await startApiServer({
    bindAddress: values['bind-address'],
    port: values['secure-port'],
    ...(advertiseAddress === undefined ? {} : { advertiseAddress }),
    tls,
    ...(clientCa === undefined ? {} : { clientCa }),
    ...(tokens === undefined ? {} : { tokens }),
    authentication,
    serviceAccounts,
    authorization,
    ...admission,
    allowPrivileged: values['allow-privileged'],
    audit: auditOptions(values),
    store,
    storageMediaType: values['storage-media-type'] as StorageMediaType,
    ...encryptionOptions(values),
    ...(kubelet === undefined ? {} : { kubeletClient: kubelet }),
    ...(proxyClient === undefined ? {} : { proxyClient }),
    serviceClusterIpRange,
    serviceNodePortRange: values['service-node-port-range'],
    runtimeConfig: values['runtime-config'],
    eventTtl: values['event-ttl'],
    leaseReuseDuration: values['lease-reuse-duration-seconds'],
    endpointReconcilerType: values['endpoint-reconciler-type'] as EndpointReconcilerType,
    apiserverCount: apiserverCount(values),
    healthcheckTimeout: values['etcd-healthcheck-timeout'],
    readycheckTimeout: values['etcd-readycheck-timeout'],
    ...servingLimits(values),
    minRequestTimeout: values['min-request-timeout'] * 1000,
    compactionInterval: values['etcd-compaction-interval'],
    logger,
  })
  undo.defer(() => server.stop())
  return running(undo.move())
}

function refuseInsecurePort(values: Values): void {
  const port = values['insecure-port']
  if (port !== 0)
    throw new UsageError(
      `invalid port value ${port}: only zero is allowed for --insecure-port, the api-server serves HTTPS only`,
    )
}

function serviceRange(values: Values, logger: Logger): string {
  const range = values['service-cluster-ip-range'] ?? ''
  if (range !== '') return range
  logger.warn(
    'No CIDR for service cluster IPs specified. Default value which was 10.0.0.0/24 is deprecated and will be removed in future releases. Please specify it using --service-cluster-ip-range on kube-apiserver.',
  )
  return '10.0.0.0/24'
}

async function serving(values: Values, serviceRange: string, logger: Logger): Promise<ApiServerOptions['tls']> {
  const bindAddress = values['bind-address']
  const anywhere = bindAddress === '0.0.0.0' || bindAddress === '::'
  const pair = await servingCertificate({
    certFile: values['tls-cert-file'],
    keyFile: values['tls-private-key-file'],
    directory: values['cert-dir'],
    advertiseAddress: values['advertise-address'] ?? (anywhere ? '127.0.0.1' : bindAddress),
    bindAddress,
    serviceAddress: firstServiceAddress(serviceRange),
    logger,
  })
  return {
    ...pair,
    ...tlsSettings({ minVersion: values['tls-min-version'] ?? '', cipherSuites: values['tls-cipher-suites'] }, logger),
  }
}

async function admissionOptions(
  values: Values,
): Promise<Pick<ApiServerOptions, 'admissionPlugins' | 'admissionConfiguration'>> {
  const admissionPlugins = pluginChoice(values)
  const file = values['admission-control-config-file'] ?? ''
  try {
    const chosen = choosePlugins(admissionPlugins, () => undefined)
    const tolerationSeconds = {
      notReady: values['default-not-ready-toleration-seconds'],
      unreachable: values['default-unreachable-toleration-seconds'],
    }
    if (file === '') return { admissionPlugins, admissionConfiguration: { tolerationSeconds } }
    const { loadAdmissionConfiguration } = await import('./admission/configuration/load.ts')
    const configuration = await loadAdmissionConfiguration(file, chosen)
    return { admissionPlugins, admissionConfiguration: { ...configuration, tolerationSeconds } }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** `--admission-control` names all that run. */
function pluginChoice(values: Values): PluginChoice {
  const only = values['admission-control']
  const [enable, disable] = [values['enable-admission-plugins'], values['disable-admission-plugins']]
  if (only.length === 0) return { enable, disable }
  if (enable.length + disable.length > 0)
    throw new UsageError(
      'admission-control and enable-admission-plugins/disable-admission-plugins flags are mutually exclusive',
    )
  return { enable: only, disable: onByDefault.filter(name => !only.includes(name)) }
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
  const servers = values['etcd-servers']
  if ((values['storage-backend'] ?? (servers.length > 0 ? 'etcd3' : 'embedded')) === 'embedded') {
    if (servers.length > 0) throw new UsageError('--etcd-servers have no use with --storage-backend=embedded')
    const directory = values['data-dir']
    if (directory === undefined)
      throw new UsageError('--etcd-servers must be specified, or --data-dir for the embedded store')
    const { normalizedPrefix, openEmbeddedStore, storePrefix } = await import('@kubets/storage')
    if (normalizedPrefix(values['etcd-prefix']) !== storePrefix)
      throw new UsageError('--etcd-prefix needs --storage-backend=etcd3: the embedded store is for one cluster')
    return openEmbeddedStore({ directory })
  }
  if (servers.length === 0) throw new UsageError('--etcd-servers must be specified')
  const { openEtcdStore } = await import('@kubets/storage')
  const { 'etcd-cafile': caFile, 'etcd-certfile': certFile, 'etcd-keyfile': keyFile } = values
  return openEtcdStore({
    endpoints: servers,
    prefix: values['etcd-prefix'],
    waitFor: etcdStartTimeout,
    logger,
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  })
}

async function kubeletClient(values: Values, logger: Logger): Promise<KubeletClientOptions | undefined> {
  const [cert, key, ca] = await Promise.all([
    optional(values, 'kubelet-client-certificate'),
    optional(values, 'kubelet-client-key'),
    optional(values, 'kubelet-certificate-authority'),
  ])
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw new UsageError('--kubelet-client-certificate and --kubelet-client-key must be set together')
  if (ca === undefined)
    logger.warn("--kubelet-certificate-authority is not set: kubelets' certificates are not checked")
  const addressTypes = values['kubelet-preferred-address-types']
  return { cert, key, addressTypes, ...(ca === undefined ? {} : { ca }) }
}

async function proxyClientPair(values: Values): Promise<ApiServerOptions['proxyClient']> {
  const [cert, key] = await Promise.all([
    optional(values, 'proxy-client-cert-file'),
    optional(values, 'proxy-client-key-file'),
  ])
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw new UsageError('--proxy-client-cert-file and --proxy-client-key-file must be set together')
  return { cert, key }
}

/** Clusters of before 1.20 name no issuer and sign nothing here: their api-servers start, believe the keys that they are given, and make no tokens. */
async function serviceAccountOptions(values: Values, logger: Logger): Promise<ServiceAccountOptions> {
  const named = values['service-account-issuer']
  const signingKey = await optional(values, 'service-account-signing-key-file')
  const keys = await Promise.all(values['service-account-key-file'].map(path => read('service-account-key-file', path)))
  const missing = [
    ...(named.length === 0 ? [`--service-account-issuer is not set: it is ${defaultIssuer}`] : []),
    ...(signingKey === undefined ? ['--service-account-signing-key-file is not set: no tokens are made'] : []),
    ...(signingKey === undefined && keys.length === 0
      ? ['--service-account-key-file is not set: no tokens of service accounts are believed']
      : []),
  ]
  if (missing.length > 0) logger.warn(missing.join('; '))
  const audiences = [...values['api-audiences'], ...values['service-account-api-audiences']]
  const jwksUri = values['service-account-jwks-uri'] || undefined
  if (jwksUri !== undefined && !URL.canParse(jwksUri))
    throw new UsageError('service-account-jwks-uri must be a valid URL')
  if (jwksUri !== undefined && new URL(jwksUri).protocol !== 'https:')
    throw new UsageError(`service-account-jwks-uri requires https scheme, parsed as: ${jwksUri}`)
  return {
    issuers: named.length === 0 ? [defaultIssuer] : named,
    ...(signingKey === undefined ? {} : { signingKey }),
    ...(keys.length === 0 ? {} : { keys }),
    ...(audiences.length === 0 ? {} : { audiences }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    maxExpiration: values['service-account-max-token-expiration'] / 1000,
    extendExpiration: values['service-account-extend-token-expiration'],
  }
}

type FileFlag =
  | 'client-ca-file'
  | 'token-auth-file'
  | 'service-account-signing-key-file'
  | 'kubelet-client-certificate'
  | 'kubelet-client-key'
  | 'kubelet-certificate-authority'
  | 'proxy-client-cert-file'
  | 'proxy-client-key-file'

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
