import { readFile } from 'node:fs/promises'
import { type Clock, type Logger, sleep } from '@kubets/component'
import type { Authorizer } from '../authorizer.ts'
import type { AuthorizerConfiguration } from './contract.ts'
import { loadAuthorization } from './load.ts'

export interface ReloadOptions {
  readonly file: string
  /** What the file said at the start. */
  readonly authorizers: readonly AuthorizerConfiguration[]
  readonly authorizer: Authorizer
  make(configured: readonly AuthorizerConfiguration[]): Promise<Authorizer>
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
  /** How often the file is read, ms. Default 10 seconds. */
  readonly interval?: number
}

/** An authorizer that follows its configuration's file. A file that cannot be used changes nothing: the log says why. */
export function reloading(options: ReloadOptions): Authorizer {
  let current = options.authorizer
  const required = new Set(options.authorizers.flatMap(({ type }) => (type === 'Webhook' ? [] : [type])))
  void (async () => {
    const { file, clock, logger, signal, interval = 10_000 } = options
    let last: string | undefined = await readFile(file, 'utf8').catch(() => undefined)
    while (!signal.aborted) {
      await sleep(interval, signal, clock)
      if (signal.aborted) return
      try {
        const text = await readFile(file, 'utf8')
        if (text === last) continue
        last = text
        current = await options.make(await loadAuthorization(text, required))
        logger.info({ file }, 'Reloaded the authorization configuration')
      } catch (error) {
        logger.error({ err: error, file }, 'Reloading the authorization configuration')
      }
    }
  })()
  return {
    authorize: request => current.authorize(request),
    rulesFor: (user, namespace) => current.rulesFor(user, namespace),
  }
}
