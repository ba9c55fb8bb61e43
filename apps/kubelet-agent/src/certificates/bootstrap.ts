import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createClient, loadKubeconfig } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import { createSigningKey, identities } from '@kubets/pki'
import { type CertificateStore, storedCertificate } from './certificate-store.ts'
import { requestCertificate } from './request-certificate.ts'

export interface BootstrapOptions {
  /** `--bootstrap-kubeconfig` */
  readonly bootstrapKubeconfig: string
  /** `--kubeconfig`: written when it is not there, or its certificate has ended. */
  readonly kubeconfig: string
  readonly certificateDirectory: string
  readonly store: CertificateStore
  readonly nodeName: string
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}

/**
 * The first certificate of a node: asked for with a bootstrap token, approved and signed by the control plane, and written with a kubeconfig that names it.
 * The key outlives a restart amid it, so that the question is not asked twice.
 */
export async function bootstrapCredentials(options: BootstrapOptions): Promise<void> {
  const { kubeconfig, clock, logger, signal, store } = options
  if (await isStillValid(kubeconfig, clock.now())) return
  const config = await loadKubeconfig({ file: options.bootstrapKubeconfig }, { userAgent: 'kubelet/v1.36.0+kubets' })
  const keyFile = join(options.certificateDirectory, 'kubelet-client.key.tmp')
  const key = await privateKey(keyFile)
  logger.info({ bootstrapKubeconfig: options.bootstrapKubeconfig }, "Asking for the node's client certificate")
  await using client = createClient(config)
  const cert = await requestCertificate(
    client,
    {
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      names: identities.kubeletClient(options.nodeName),
      key,
      stable: true,
    },
    signal,
    clock,
  )
  await store.update({ cert, key })
  await rm(keyFile, { force: true })
  const cluster = {
    server: config.server,
    ...(config.ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(config.ca).toString('base64') }),
    ...(config.tlsServerName === undefined ? {} : { 'tls-server-name': config.tlsServerName }),
    ...(config.insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
  }
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'default-cluster', cluster }],
    users: [{ name: 'default-auth', user: { 'client-certificate': store.path, 'client-key': store.path } }],
    contexts: [
      { name: 'default-context', context: { cluster: 'default-cluster', user: 'default-auth', namespace: 'default' } },
    ],
    'current-context': 'default-context',
  }
  const { stringify } = await import('yaml')
  await write(kubeconfig, stringify(document, { indentSeq: false, lineWidth: 0 }))
  logger.info({ kubeconfig }, 'The node has a client certificate')
}

/** A kubeconfig whose certificate has not ended, or that needs none. */
async function isStillValid(file: string, now: number): Promise<boolean> {
  try {
    const { cert, key } = await loadKubeconfig({ file })
    if (cert === undefined || key === undefined) return true
    const stored = storedCertificate({ cert, key })
    return stored !== undefined && stored.notAfter > now
  } catch {
    return false
  }
}

async function privateKey(file: string): Promise<string> {
  const present = await readFile(file, 'utf8').catch(() => '')
  if (present.includes('PRIVATE KEY')) return present
  const { key } = await createSigningKey()
  await write(file, key)
  return key
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await rename(`${file}.new`, file)
}
