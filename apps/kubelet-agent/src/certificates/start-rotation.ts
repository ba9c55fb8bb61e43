import { type Client, type ClientConfig, createClient, followKubeconfig } from '@kubets/client'
import {
  type CertificateFiles,
  type Clock,
  changeable,
  type Followed,
  type Logger,
  sleep,
  systemClock,
} from '@kubets/component'
import { identities, type KeyPair } from '@kubets/pki'
import { bootstrapCredentials } from './bootstrap.ts'
import { RotationMetrics } from './certificate-metrics.ts'
import { CertificateStore, type StoredCertificate, storedCertificate } from './certificate-store.ts'
import { isFor, rotateCertificates } from './rotate.ts'

export interface KubeletCredentialOptions {
  readonly kubeconfig: string
  readonly bootstrapKubeconfig: string | undefined
  readonly certificateDirectory: string
  readonly rotateClient: boolean
  readonly rotateServer: boolean
  /** Shown until the first one is given, with `rotateServer`. */
  readonly serving: Followed<KeyPair> | undefined
  readonly nodeName: string
  readonly nodeIp: string
  readonly files: CertificateFiles
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly clock?: Clock
}

export interface KubeletCredentials {
  readonly client: Client
  /** With `rotateServer`; nobody can connect while there is none. */
  readonly serving: Followed<KeyPair | undefined> | undefined
  readonly metrics: RotationMetrics
}

const retryPause = 10_000

/** Who a kubelet is: by its kubeconfig, asked for with a bootstrap token where there is none yet, and renewed by itself where that is wanted. */
export async function startKubeletCredentials(options: KubeletCredentialOptions): Promise<KubeletCredentials> {
  const { logger, signal, nodeName, certificateDirectory, files } = options
  const clock = options.clock ?? systemClock
  const metrics = new RotationMetrics(() => clock.now())
  const store = new CertificateStore(certificateDirectory, 'kubelet-client')
  const { bootstrapKubeconfig, kubeconfig } = options
  if (bootstrapKubeconfig !== undefined)
    while (!signal.aborted) {
      try {
        await bootstrapCredentials({ ...options, bootstrapKubeconfig, store, clock })
        break
      } catch (error) {
        logger.error({ err: error }, "The node's client certificate was asked for, and not given")
        await sleep(retryPause, signal, clock)
      }
    }
  const base = await followKubeconfig({ file: kubeconfig, userAgent: 'kubelet/v1.36.0+kubets', files })
  const around = { clock, logger, signal }
  if (!options.rotateClient) {
    const client = createClient(base)
    return { client, serving: startServing(client, options, metrics, around), metrics }
  }

  const question = {
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    names: identities.kubeletClient(nodeName),
  } as const
  // of the kubeconfig's certificate and the one that was rotated last the one that lives longer
  let rotated = await store.current()
  if (rotated !== undefined && (rotated.notAfter <= clock.now() || !isFor(rotated, question))) rotated = undefined
  const best = (config: ClientConfig): ClientConfig => {
    const own = certificateOf(config)
    const use = rotated === undefined || (own !== undefined && own.notAfter > rotated.notAfter) ? own : rotated
    metrics.client = use
    return use === undefined ? config : { ...config, cert: use.cert, key: use.key }
  }
  const config = changeable(best(base.current), error => logger.error({ err: error }, 'A new certificate is not used'))
  base.onChange(changed => config.set(best(changed)))
  const client = createClient(config)
  void rotateCertificates({
    ...around,
    client,
    store,
    question,
    current: metrics.client,
    changed(certificate) {
      rotated = certificate
      config.set(best(base.current))
    },
    failed: () => void metrics.clientErrors++,
  })
  return { client, serving: startServing(client, options, metrics, around), metrics }
}

function certificateOf({ cert, key }: ClientConfig): StoredCertificate | undefined {
  return cert === undefined || key === undefined ? undefined : storedCertificate({ cert, key })
}

type Around = Pick<Parameters<typeof rotateCertificates>[0], 'clock' | 'logger' | 'signal'>

function startServing(
  client: Client,
  options: KubeletCredentialOptions,
  metrics: RotationMetrics,
  around: Around,
): Followed<KeyPair | undefined> | undefined {
  if (!options.rotateServer) return undefined
  const store = new CertificateStore(options.certificateDirectory, 'kubelet-server')
  const { nodeName, nodeIp, serving } = options
  const question = {
    signerName: 'kubernetes.io/kubelet-serving',
    names: identities.kubeletServer(nodeName, { dnsNames: [nodeName], ipAddresses: [nodeIp] }),
  } as const
  const shown = changeable<KeyPair | undefined>(serving?.current, error =>
    around.logger.error({ err: error }, 'A new certificate is not served'),
  )
  const begin = async () => {
    const present = await store.current()
    const current = present !== undefined && present.notAfter > around.clock.now() ? present : undefined
    if (current !== undefined) {
      metrics.server = current
      shown.set(current)
    }
    await rotateCertificates({
      ...around,
      client,
      store,
      question,
      current,
      changed(certificate) {
        metrics.serverRotated(certificate)
        shown.set(certificate)
      },
      failed: () => void metrics.serverErrors++,
    })
  }
  void begin()
  return shown
}
