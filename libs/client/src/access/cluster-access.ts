import { CertificateFiles, type Followed, type HealthEndpoint, type Logger } from '@kubets/component'
import { createClient } from '../client.ts'
import type { Client, ClientConfig } from '../contract.ts'
import { followKubeconfig } from '../kubeconfig/follow-kubeconfig.ts'
import { type SecureServingFlags, secureServing } from './secure-serving.ts'

export interface ClusterAccessOptions {
  /** Of the service: `kube-scheduler`. */
  readonly name: string
  readonly userAgent: string
  readonly kubeconfig: string
  readonly logger: Logger
}

/** How a service of the control plane reaches the api-server, and is reached itself. Files of keys and certificates are followed. */
export interface ClusterAccess extends AsyncDisposable {
  readonly certificateFiles: CertificateFiles
  readonly config: Followed<ClientConfig>
  readonly client: Client
  /** Undefined where nothing is to be served. */
  readonly health: HealthEndpoint | undefined
}

/** What the kubeconfig and the flags say of it. @throws UsageError, Error */
export async function openClusterAccess(
  flags: SecureServingFlags & { readonly master: string | undefined },
  options: ClusterAccessOptions,
): Promise<ClusterAccess> {
  const { name, userAgent, kubeconfig, logger } = options
  await using undo = new AsyncDisposableStack()
  const stopping = new AbortController()
  undo.defer(() => stopping.abort())
  const files = new CertificateFiles({ logger, signal: stopping.signal })
  const config = await followKubeconfig({
    file: kubeconfig,
    userAgent,
    files,
    ...(flags.master === undefined ? {} : { override: { server: flags.master } }),
  })
  const client = undo.use(createClient(config))
  const own = { file: kubeconfig, client }
  const { signal } = stopping
  const serving = undo.use(await secureServing(flags, { name, userAgent, own, files, logger, signal }))
  const owned = undo.move()
  return {
    certificateFiles: files,
    config,
    client,
    health: serving.health,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
