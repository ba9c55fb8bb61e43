import { readFile } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { Quantity } from '@kubets/apimachinery'
import { createClient, loadKubeconfig } from '@kubets/client'
import {
  type FlagValues,
  type Logger,
  type Running,
  running,
  serveHealth,
  tlsSettings,
  UsageError,
} from '@kubets/component'
import { type CriClient, connectCri } from '@kubets/cri'
import { type Configuration, parseConfiguration, parsePairs, parseTaint } from './configuration.ts'
import type { kubeletFlags } from './flags.ts'
import type { KubeletAgentOptions } from './options.ts'
import type { KubeletAuth } from './server/access/start-access.ts'
import { startKubeletAgent } from './start-kubelet-agent.ts'

type Flags = FlagValues<typeof kubeletFlags>

/** Milliseconds that a runtime may take to come up beside us. */
const runtimeWait = 60_000

/** The kubelet as its command line says, with its own client and connections. */
export async function startKubeletFromFlags(flags: Flags, logger: Logger): Promise<Running> {
  if (flags.kubeconfig === undefined) throw new UsageError('--kubeconfig is needed: how to connect to the API server')
  await using undo = new AsyncDisposableStack()
  const configuration = await readConfiguration(flags.config)
  if (configuration.ignored.length > 0)
    logger.warn({ fields: configuration.ignored }, 'Fields of the KubeletConfiguration that change nothing in kubets')
  const client = undo.use(
    createClient(await loadKubeconfig({ file: flags.kubeconfig }, { userAgent: 'kubelet/v1.36.0+kubets' })),
  )
  const endpoint =
    flags['container-runtime-endpoint'] ??
    configuration.containerRuntimeEndpoint ??
    'unix:///run/containerd/containerd.sock'
  const runtime = undo.use(await connectCri({ socket: endpoint, waitMs: runtimeWait }))
  const imageEndpoint = flags['image-service-endpoint'] ?? configuration.imageServiceEndpoint
  const images =
    imageEndpoint === undefined || imageEndpoint === endpoint
      ? runtime
      : undo.use(await connectCri({ socket: imageEndpoint }))
  const agent = await startKubeletAgent({
    ...configuration.options,
    ...optionsFrom(flags),
    ...(await pemFiles(flags, configuration)),
    auth: { ...configuration.options.auth, ...authFrom(flags) },
    tlsSettings: tlsSettings(
      {
        minVersion: flags['tls-min-version'] ?? configuration.tls.minVersion ?? '',
        cipherSuites:
          flags['tls-cipher-suites'].length > 0 ? flags['tls-cipher-suites'] : (configuration.tls.cipherSuites ?? []),
      },
      logger,
    ),
    client,
    runtime: withImages(runtime, images),
    logger,
  })
  undo.defer(() => agent.stop())
  const healthPort = flags['healthz-port'] ?? configuration.healthz.port ?? 10_248
  if (healthPort > 0)
    undo.use(
      await serveHealth({
        host: flags['healthz-bind-address'] ?? configuration.healthz.host ?? '127.0.0.1',
        port: healthPort,
        checks: [{ name: 'syncloop', check: () => agent.checkHealth() }],
      }),
    )
  return running(undo.move())
}

function withImages(runtime: CriClient, images: CriClient): CriClient {
  if (runtime === images) return runtime
  const { listImages, streamImages, imageStatus, pullImage, removeImage, imageFsInfo } = images
  return Object.assign({}, runtime, { listImages, streamImages, imageStatus, pullImage, removeImage, imageFsInfo })
}

async function readConfiguration(file: string | undefined): Promise<Configuration> {
  if (file === undefined) return { options: {}, files: {}, tls: {}, healthz: {}, ignored: [] }
  const text = await readText('config', file)
  const { parse } = await import('yaml')
  try {
    return parseConfiguration(parse(text), file)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`--config: ${file} is not valid YAML: ${(error as Error).message}`)
  }
}

async function readText(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`--${flag}: ${(cause as Error).message}`)
  }
}

async function pemFiles(
  flags: Flags,
  { files }: Configuration,
): Promise<Pick<KubeletAgentOptions, 'tls' | 'clientCa'>> {
  const [cert, key, ca] = [
    flags['tls-cert-file'] ?? files.tlsCert,
    flags['tls-private-key-file'] ?? files.tlsKey,
    flags['client-ca-file'] ?? files.clientCa,
  ]
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('--tls-cert-file and --tls-private-key-file belong together: one of them is missing')
  return {
    ...(cert && key
      ? { tls: { cert: await readText('tls-cert-file', cert), key: await readText('tls-private-key-file', key) } }
      : {}),
    ...(ca ? { clientCa: await readText('client-ca-file', ca) } : {}),
  }
}

/** The flags that were given; those that were not leave the configuration's values. */
function optionsFrom(flags: Flags): Omit<KubeletAgentOptions, 'client' | 'runtime'> {
  const given: Partial<KubeletAgentOptions> = {}
  const set = <K extends keyof KubeletAgentOptions>(key: K, value: KubeletAgentOptions[K] | undefined) => {
    if (value !== undefined && value !== '') given[key] = value
  }
  set('rootDir', flags['root-dir'])
  set('podLogsDir', flags['pod-logs-dir'])
  set('podCidr', flags['pod-cidr'])
  set('cgroupRoot', flags['cgroup-root'])
  set('address', flags.address)
  set('port', flags.port)
  set('clusterDomain', flags['cluster-domain'])
  set('resolvConf', flags['resolv-conf'])
  set('maxPods', flags['max-pods'])
  set('nodeStatusUpdateFrequency', flags['node-status-update-frequency'])
  set('containerLogMaxFiles', flags['container-log-max-files'])
  if (flags['container-log-max-size'])
    given.containerLogMaxSize = Number(Quantity.parse(flags['container-log-max-size']).asInt())
  if (!flags['register-node']) given.registerNode = false
  if (flags['cluster-dns'].length > 0) given.clusterDns = flags['cluster-dns']
  if (flags['node-labels'].length > 0) given.nodeLabels = parsePairs('node-labels', flags['node-labels'])
  if (flags['system-reserved'].length > 0)
    given.systemReserved = parsePairs('system-reserved', flags['system-reserved'])
  if (flags['register-with-taints'].length > 0) given.registerWithTaints = flags['register-with-taints'].map(parseTaint)
  return {
    ...given,
    nodeName: (flags['hostname-override'] || hostname()).trim().toLowerCase(),
    nodeIp: flags['node-ip'] || firstAddress(),
  }
}

function authFrom(flags: Flags): KubeletAuth {
  const bool = (value: string | undefined) => (value === undefined ? undefined : value === 'true')
  const given: { [K in keyof KubeletAuth]: KubeletAuth[K] | undefined } = {
    anonymous: bool(flags['anonymous-auth']),
    tokens: bool(flags['authentication-token-webhook']),
    tokenTtl: flags['authentication-token-webhook-cache-ttl'],
    mode: flags['authorization-mode'] as KubeletAuth['mode'],
    authorizedTtl: flags['authorization-webhook-cache-authorized-ttl'],
    unauthorizedTtl: flags['authorization-webhook-cache-unauthorized-ttl'],
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function firstAddress(): string {
  const found = Object.values(networkInterfaces())
    .flat()
    .find(address => address !== undefined && !address.internal && address.family === 'IPv4')
  if (found === undefined) throw new UsageError('this machine has no address beside loopback: give one by --node-ip')
  return found.address
}
