import { Agent, request } from 'node:https'
import type { APIService } from '@kubets/api-types'

/** How long one question may take, ms. */
const timeout = 5_000

export interface DiscoveryCheck {
  /** `10.96.0.7:443` */
  readonly address: string
  readonly service: APIService
  /** Our front proxy's certificate, PEM. */
  readonly proxyClient?: { readonly cert: string; readonly key: string } | undefined
  readonly signal: AbortSignal
}

/** Asks the server behind an APIService for the group version. @throws Error in upstream's words when it does not answer well. */
export async function checkDiscovery({ address, service, signal, proxyClient }: DiscoveryCheck): Promise<void> {
  const { group = '', version = '' } = service.spec ?? {}
  const path = service.metadata?.name === 'v1.' ? `/api/${version}` : `/apis/${group}/${version}`
  const url = `https://${address}${path}`
  const prefix = `failing or missing response from ${url}: `
  const status = await ask(url, service, signal, proxyClient).catch((error: Error) => {
    throw new Error(`${prefix}Get ${JSON.stringify(url)}: ${error.message}`)
  })
  if (status < 200 || status >= 300) throw new Error(`${prefix}bad status from ${url}: ${status}`)
}

function ask(
  url: string,
  { spec }: APIService,
  signal: AbortSignal,
  proxyClient: DiscoveryCheck['proxyClient'],
): Promise<number> {
  const { name = '', namespace = '' } = spec?.service ?? {}
  const agent = new Agent({ keepAlive: false })
  return new Promise<number>((resolve, reject) => {
    const asking = request(
      url,
      {
        agent,
        ...proxyClient,
        servername: `${name}.${namespace}.svc`,
        rejectUnauthorized: spec?.insecureSkipTLSVerify !== true,
        ...(spec?.caBundle ? { ca: Buffer.from(spec.caBundle, 'base64') } : {}),
        // an aggregated server believes these from whom its own front proxy certificate says
        headers: { 'x-remote-user': 'system:kube-aggregator', 'x-remote-group': 'system:masters' },
        timeout,
        signal,
      },
      answer => {
        answer.destroy()
        resolve(answer.statusCode ?? 0)
      },
    )
    asking.on('timeout', () => asking.destroy(new Error('context deadline exceeded')))
    asking.on('error', reject)
    asking.end()
  }).finally(() => agent.destroy())
}
