import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { type Clock, type Followed, type Logger, sleep } from '@kubets/component'
import { aggregateErrors } from '../../authorization/aggregate-errors.ts'
import type { TokenOwner } from '../token-authenticator.ts'
import type { AuthenticationConfiguration } from './contract.ts'
import { type JwtTokens, jwtTokens, untrustedIssuer } from './jwt-tokens.ts'
import { loadAuthenticationConfiguration } from './load.ts'
import { validateAuthentication } from './validation.ts'

export interface JwtOptions {
  readonly configuration: AuthenticationConfiguration
  readonly algorithms: readonly string[]
  /** PEM of the authority of the issuer of `--oidc-issuer-url`, in place of the one in the configuration. */
  readonly certificateAuthority?: Followed<string>
  /** The file that the configuration came from: it is read again when it changes. */
  readonly reloadFile?: string
  /** How often the file is read, ms. Default 10 seconds. */
  readonly reloadInterval?: number
}

export interface StartJwtOptions extends JwtOptions {
  /** Issuers of our own, of whom no other may speak. */
  readonly disallowedIssuers: readonly string[]
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** A new configuration whose issuers do not answer for so long is not taken, ms: it is tried again with the next look at the file. */
const issuersMustAnswerWithin = 60_000

/** Tokens of all issuers of a configuration. @throws Error in upstream's words when it is wrong. */
export function startJwt(start: StartJwtOptions): TokenOwner {
  const { signal, reloadFile } = start
  const run = (configuration: AuthenticationConfiguration) => {
    const stop = new AbortController()
    const ended = () => stop.abort()
    signal.addEventListener('abort', ended, { once: true })
    const issuers = issuersOf(configuration, start, stop.signal)
    return {
      issuers: new Map(issuers.map(one => [one.issuer, one])),
      ready: Promise.all(issuers.map(({ ready }) => ready)),
      stop() {
        signal.removeEventListener('abort', ended)
        stop.abort()
      },
    }
  }
  let current = run(start.configuration)
  if (reloadFile !== undefined)
    void follow(reloadFile, start, async configuration => {
      const next = run(configuration)
      const late = sleep(issuersMustAnswerWithin, signal, start.clock).then(() => 'late' as const)
      if ((await Promise.race([next.ready, late])) === 'late') {
        next.stop()
        start.logger.error({ file: reloadFile }, 'the issuers of the new authentication config do not answer')
        return 'not ready'
      }
      current.stop()
      current = next
      return 'taken'
    })
  return token => {
    const issuer = current.issuers.size === 0 ? undefined : untrustedIssuer(token)
    return issuer === undefined ? undefined : current.issuers.get(issuer)?.userOf(token)
  }
}

function issuersOf(
  configuration: AuthenticationConfiguration,
  start: StartJwtOptions,
  signal: AbortSignal,
): JwtTokens[] {
  const { causes, mappings } = validateAuthentication(configuration, start.disallowedIssuers)
  const wrong = aggregateErrors(causes.map(({ field, message }) => `${field}: ${message}`))
  if (wrong !== undefined) throw new Error(`invalid authentication configuration: ${wrong}`)
  const { algorithms, clock, logger, certificateAuthority: authority } = start
  return (configuration.jwt ?? []).flatMap((one, i) => {
    const compiled = mappings[i]
    return compiled === undefined
      ? []
      : [jwtTokens({ configuration: one, mappings: compiled, algorithms, authority, clock, logger, signal })]
  })
}

/** Takes what the file says when it changes. A file that cannot be used changes nothing: the log says why. */
async function follow(
  file: string,
  { configuration, clock, logger, signal, reloadInterval = 10_000 }: StartJwtOptions,
  take: (configuration: AuthenticationConfiguration) => Promise<'taken' | 'not ready'>,
): Promise<void> {
  let last: string | undefined = await readFile(file, 'utf8').catch(() => undefined)
  while (!signal.aborted) {
    await sleep(reloadInterval, signal, clock)
    if (signal.aborted) return
    try {
      const text = await readFile(file, 'utf8')
      if (text === last) continue
      // what is wrong with it will not heal
      last = text
      const next = await loadAuthenticationConfiguration(text)
      if (!isDeepStrictEqual(next.anonymous, configuration.anonymous))
        throw new Error('anonymous: Forbidden: changed from initial configuration file')
      if ((await take(next)) === 'not ready') last = undefined
      else logger.info({ file }, 'reloaded authentication config')
    } catch (error) {
      if (!signal.aborted) logger.error({ err: error, file }, 'failed to load authentication config')
    }
  }
}
