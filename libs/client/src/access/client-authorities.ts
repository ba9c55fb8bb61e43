import type { ConfigMap } from '@kubets/api-types'
import { type Clock, changeable, type Followed, type Logger, sleep } from '@kubets/component'
import type { Client } from '../contract.ts'
import { resources } from '../resources.ts'

export interface ClientAuthoritiesOptions {
  readonly client: Pick<Client, 'get'>
  /** Whether a cluster that does not tell them is no error: nobody's certificate is believed until it does. */
  readonly tolerateFailure: boolean
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}

const configMap = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
const key = 'client-ca-file'
/** How often they are read, ms: they change when the cluster gets a new authority. */
const interval = 60_000
const retryAfter = 10_000
const patience = 10_000

/** The authorities of clients as the api-server publishes them (`client-ca-file` of ConfigMap extension-apiserver-authentication), PEM; '' as long as none are known. */
export async function clientAuthorities(options: ClientAuthoritiesOptions): Promise<Followed<string>> {
  const { client, clock, logger, signal } = options
  const failed = (error: unknown) =>
    logger.error({ err: error }, 'New authorities of clients cannot be used: those before stay')
  const read = async () => {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(patience)])
    const found = await client.get<ConfigMap>(resources.configMaps, configMap, { signal: deadline })
    return found.data?.[key] ?? ''
  }
  const unable = (error: unknown) =>
    `unable to load configmap based ${key}: ${error instanceof Error ? error.message : String(error)}`
  let first: string | undefined
  try {
    first = await read()
  } catch (error) {
    if (!options.tolerateFailure) throw new Error(unable(error), { cause: error })
    logger.warn(`${unable(error)}: certificates of clients are not believed until it can be read`)
  }
  const authorities = changeable(first ?? '', failed)
  const follow = async () => {
    for (let well = first !== undefined; ; ) {
      await sleep(well ? interval : retryAfter, signal, clock)
      if (signal.aborted) return
      try {
        const next = await read()
        well = true
        if (next !== authorities.current) authorities.set(next)
      } catch (error) {
        if (well && !signal.aborted) logger.warn(unable(error))
        well = false
      }
    }
  }
  void follow()
  return authorities
}
