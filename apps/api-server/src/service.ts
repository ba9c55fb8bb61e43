import { readFile } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import {
  CertificateFiles,
  type FlagValues,
  type Followed,
  type Logger,
  type Running,
  runMain,
  running,
  servingCertificate,
  tlsSettings,
  UsageError,
} from '@kubets/component'
import type { KeyPair } from '@kubets/pki'
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
import { serviceAccountsFromFlags } from './service-accounts/flags.ts'
import { firstServiceAddress } from './services/ip-range.ts'
import { hostAddress, isAnywhere } from './serving/host-address.ts'
import { namedCertificates } from './serving/named-certificates.ts'
import { servingLimits } from './serving/request-flags.ts'
import { apiServerNames } from './serving/self-signed.ts'
import { beginStore, encryptionOptions } from './storage-flags.ts'

type Values = FlagValues<typeof flags>

/**
 * What was long-lived while V8 watched, as in a crowd of requests that all wait, it makes old from birth from then on, and only a full collection finds
 * that it was a request's: without such guesses a write costs a tenth less of the thread, and half of V8's helpers. What the start makes is long-lived, though.
 */
const noGuesses = '--no-allocation-site-pretenuring'

await runMain({
  name: 'api-server',
  privateFiles: true,
  about: 'The Kubernetes API server validates and stores the objects of a cluster, and tells everybody what changes.',
  flags,
  absentFlags,
  start,
  started: () => setFlagsFromString(noGuesses),
})

async function start(values: Values, logger: Logger, given: ReadonlySet<string>): Promise<Running> {
  refuseInsecurePort(values)
  const serviceClusterIpRange = serviceRange(values, logger)
  await using undo = new AsyncDisposableStack()
  const stopping = new AbortController()
  undo.defer(() => stopping.abort())
  const files = new CertificateFiles({ logger, signal: stopping.signal })
  const [tls, clientCa, tokens] = await Promise.all([
    serving(values, serviceClusterIpRange, files, logger),
    authorities(values, 'client-ca-file', files),
    optional(values, 'token-auth-file'),
  ])
  const authentication = await authenticationFromFlags(values, given, clientCa?.current, files)
  const [kubelet, proxyClient] = await Promise.all([
    kubeletClient(values, files, logger),
    pair(values, 'proxy-client-cert-file', 'proxy-client-key-file', files),
  ])
  const serviceAccounts = await serviceAccountsFromFlags(values, files, logger)
  const authorization = await authorizationOptions(values)
  const admission = await admissionOptions(values)
  const { store: opening } = await beginStore(values, files, logger)
  // importing holds the loop for long; a thread reads a large store meanwhile
  const { startApiServer } = await import('./index.ts')
  const store = undo.use(await opening)
  // a loopback address would lead every pod to itself
  const advertiseAddress =
    values['advertise-address'] ?? (isAnywhere(values['bind-address']) ? await hostAddress() : undefined)
  const server = await startApiServer({
    bindAddress: values['bind-address'],
    port: values['secure-port'],
    ...(advertiseAddress === undefined ? {} : { advertiseAddress }),
    tls,
    certificateFiles: files,
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
    ...(proxyClient === undefined ? {} : { proxyClient: present(proxyClient) }),
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
    setV8Flag: setFlagsFromString,
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

async function serving(
  values: Values,
  serviceRange: string,
  files: CertificateFiles,
  logger: Logger,
): Promise<ApiServerOptions['tls']> {
  const bindAddress = values['bind-address']
  const anywhere = isAnywhere(bindAddress)
  const pair = await servingCertificate({
    certFile: values['tls-cert-file'],
    keyFile: values['tls-private-key-file'],
    directory: values['cert-dir'],
    name: 'apiserver',
    selfSigned: apiServerNames({
      advertiseAddress: values['advertise-address'] ?? (anywhere ? '127.0.0.1' : bindAddress),
      bindAddress,
      serviceAddress: firstServiceAddress(serviceRange),
    }),
    files,
    logger,
  })
  return {
    pair,
    named: await namedCertificates(values['tls-sni-cert-key'], files),
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

async function kubeletClient(
  values: Values,
  files: CertificateFiles,
  logger: Logger,
): Promise<KubeletClientOptions | undefined> {
  const [client, ca] = await Promise.all([
    pair(values, 'kubelet-client-certificate', 'kubelet-client-key', files),
    authorities(values, 'kubelet-certificate-authority', files),
  ])
  if (client === undefined) return undefined
  if (ca === undefined)
    logger.warn("--kubelet-certificate-authority is not set: kubelets' certificates are not checked")
  return {
    get cert() {
      return client.current.cert
    },
    get key() {
      return client.current.key
    },
    get ca() {
      return ca?.current
    },
    addressTypes: values['kubelet-preferred-address-types'],
  }
}

/** What the files hold whenever somebody looks: for those who look for every connection. */
function present(client: Followed<KeyPair>): KeyPair {
  return {
    get cert() {
      return client.current.cert
    },
    get key() {
      return client.current.key
    },
  }
}

async function pair(
  values: Values,
  cert: 'kubelet-client-certificate' | 'proxy-client-cert-file',
  key: 'kubelet-client-key' | 'proxy-client-key-file',
  files: CertificateFiles,
): Promise<Followed<KeyPair> | undefined> {
  const { [cert]: certFile = '', [key]: keyFile = '' } = values
  if (certFile === '' && keyFile === '') return undefined
  if (certFile === '' || keyFile === '') throw new UsageError(`--${cert} and --${key} must be set together`)
  const name = cert === 'kubelet-client-certificate' ? 'kubelet-client' : 'proxy-client'
  return files.pair(name, { flag: cert, path: certFile }, { flag: key, path: keyFile })
}

async function authorities(
  values: Values,
  flag: 'client-ca-file' | 'kubelet-certificate-authority',
  files: CertificateFiles,
): Promise<Followed<string> | undefined> {
  const path = values[flag] ?? ''
  return path === '' ? undefined : files.authorities(flag.replace(/-file$/, ''), { flag, path })
}

async function optional(values: Values, flag: 'token-auth-file'): Promise<string | undefined> {
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
