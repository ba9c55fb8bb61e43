import {
  type CertificateFiles,
  type Clock,
  type FlagTable,
  type FlagValues,
  type Followed,
  type HealthEndpoint,
  type Logger,
  servingCertificate,
  systemClock,
  tlsSettings,
  UsageError,
} from '@kubets/component'
import { createClient } from '../client.ts'
import type { Client } from '../contract.ts'
import { followKubeconfig } from '../kubeconfig/follow-kubeconfig.ts'
import { clientAuthorities } from './client-authorities.ts'
import { delegatedAccess } from './delegated-access.ts'

/** Upstream's flags of a service's HTTPS port, which serves health and metrics: where, with which certificate, and to whom. */
export const secureServingFlags = ({ port, tolerateLookupFailure }: { port: number; tolerateLookupFailure: boolean }) =>
  ({
    'bind-address': { type: 'string', default: '0.0.0.0', help: 'Address for health checks and metrics.' },
    'secure-port': {
      type: 'int',
      default: port,
      help: 'HTTPS port for health checks and metrics; 0 serves none.',
    },
    'tls-cert-file': {
      type: 'string',
      help: 'File containing the x509 certificate for HTTPS. Neither it nor --tls-private-key-file: a self-signed one is made.',
    },
    'tls-private-key-file': { type: 'string', help: 'File containing the private key matching --tls-cert-file.' },
    'cert-dir': {
      type: 'string',
      help: 'The directory of the self-signed certificate. Unset: it is made anew with each start, and stands in no file.',
    },
    'tls-min-version': {
      type: 'string',
      help: 'Minimum TLS version supported: VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13. Unset: VersionTLS12.',
    },
    'tls-cipher-suites': {
      type: 'strings',
      help: "Cipher suites for the server, by Go's names. Those of TLS 1.3 are always on. Unset: Go's own choice.",
    },
    'client-ca-file': {
      type: 'string',
      help: 'Authorities of clients: a certificate of theirs says who asks. Unset: those that the cluster publishes.',
    },
    'authentication-kubeconfig': {
      type: 'string',
      help: 'Path to the kubeconfig file with which the API server is asked whose tokens are shown (TokenReview). Unset: all who show one are anonymous, and no authorities are looked up in the cluster.',
    },
    'authentication-skip-lookup': {
      type: 'bool',
      default: false,
      help: 'Do not look up the authorities of clients in the cluster where --client-ca-file is not set.',
    },
    'authentication-tolerate-lookup-failure': {
      type: 'bool',
      default: tolerateLookupFailure,
      help: 'Start although they cannot be looked up: certificates are not believed until they can.',
    },
    'authentication-token-webhook-cache-ttl': {
      type: 'duration',
      default: '10s',
      help: 'How long the answer whose a token is holds.',
    },
    'authorization-kubeconfig': {
      type: 'string',
      help: 'Path to the kubeconfig file with which the API server is asked who may see what (SubjectAccessReview). Unset: nobody may see more than --authorization-always-allow-paths.',
    },
    'authorization-always-allow-paths': {
      type: 'strings',
      default: ['/healthz', '/readyz', '/livez'],
      help: 'Paths that anybody may see; with a * at the end all that begin so.',
    },
    'authorization-webhook-cache-authorized-ttl': {
      type: 'duration',
      default: '10s',
      help: 'How long the answer that somebody may holds.',
    },
    'authorization-webhook-cache-unauthorized-ttl': {
      type: 'duration',
      default: '10s',
      help: 'How long the answer that somebody may not holds.',
    },
  }) as const satisfies FlagTable

export type SecureServingFlags = FlagValues<ReturnType<typeof secureServingFlags>>

export interface SecureServingOptions {
  /** Of the service: `kube-scheduler`. */
  readonly name: string
  readonly userAgent: string
  /** The service's own kubeconfig, and the client that it has with it: asked where one of the flags names the same. */
  readonly own: { readonly file: string; readonly client: Client }
  readonly files: CertificateFiles
  readonly logger: Logger
  /** Ends what follows the cluster. */
  readonly signal: AbortSignal
  readonly clock?: Clock
}

export interface SecureServing extends AsyncDisposable {
  /** Undefined where nothing is to be served. */
  readonly health: HealthEndpoint | undefined
}

/** What the flags say of the HTTPS port. @throws UsageError, Error */
export async function secureServing(flags: SecureServingFlags, options: SecureServingOptions): Promise<SecureServing> {
  const { files, logger, signal } = options
  const clock = options.clock ?? systemClock
  const port = flags['secure-port']
  if (port < 0 || port > 65_535)
    throw new UsageError(`--secure-port ${port} must be between 0 and 65535, inclusive. 0 for turning off secure port`)
  const settings = tlsSettings(
    { minVersion: flags['tls-min-version'] ?? '', cipherSuites: flags['tls-cipher-suites'] },
    logger,
  )
  await using undo = new AsyncDisposableStack()
  if (port === 0) return { health: undefined, [Symbol.asyncDispose]: async () => undefined }
  const clients = new Map([[options.own.file, options.own.client]])
  const clientOf = async (flag: 'authentication-kubeconfig' | 'authorization-kubeconfig') => {
    const file = flags[flag] ?? ''
    if (file === '') return undefined
    const known = clients.get(file)
    if (known !== undefined) return known
    const config = await followKubeconfig({
      file,
      files,
      userAgent: options.userAgent,
      name: flag.replace('-kubeconfig', ''),
    })
    const client = undo.use(createClient(config))
    clients.set(file, client)
    return client
  }
  const tokens = await clientOf('authentication-kubeconfig')
  const reviews = await clientOf('authorization-kubeconfig')
  if (reviews === undefined)
    logger.warn("No authorization-kubeconfig provided, so SubjectAccessReview of authorization tokens won't work.")
  let admit: HealthEndpoint['admit']
  try {
    admit = delegatedAccess({
      tokens,
      reviews,
      alwaysAllow: flags['authorization-always-allow-paths'],
      timeToLive: {
        token: flags['authentication-token-webhook-cache-ttl'],
        allowed: flags['authorization-webhook-cache-authorized-ttl'],
        denied: flags['authorization-webhook-cache-unauthorized-ttl'],
      },
      clock,
      logger,
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const clientCa = await authorities(flags, tokens, { files, clock, logger, signal })
  const pair = await servingCertificate({
    certFile: flags['tls-cert-file'],
    keyFile: flags['tls-private-key-file'],
    directory: flags['cert-dir'],
    name: options.name,
    selfSigned: { host: 'localhost', dnsNames: [], ipAddresses: ['127.0.0.1'], bindAddress: flags['bind-address'] },
    files,
    logger,
  })
  const owned = undo.move()
  return {
    health: {
      host: flags['bind-address'],
      port,
      tls: {
        pair,
        clientCa: clientCa === undefined ? [] : [clientCa],
        ...settings,
        failed: error => logger.error({ err: error }, 'New certificates cannot be served: those before stay'),
      },
      admit,
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Whose certificates are believed: the authorities of the flag, or those that the cluster publishes. */
async function authorities(
  flags: SecureServingFlags,
  client: Client | undefined,
  options: { files: CertificateFiles; clock: Clock; logger: Logger; signal: AbortSignal },
): Promise<Followed<string> | undefined> {
  const path = flags['client-ca-file'] ?? ''
  if (path !== '') return options.files.authorities('client-ca', { flag: 'client-ca-file', path })
  if (flags['authentication-skip-lookup']) return undefined
  if (client !== undefined)
    return clientAuthorities({ client, tolerateFailure: flags['authentication-tolerate-lookup-failure'], ...options })
  options.logger.warn(
    "No authentication-kubeconfig provided in order to lookup client-ca-file in configmap/extension-apiserver-authentication in kube-system, so client certificate authentication won't work.",
  )
  return undefined
}
