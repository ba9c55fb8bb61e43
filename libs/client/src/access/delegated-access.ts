import type { IncomingMessage } from 'node:http'
import { type ApiError, accessDenied, unauthorized } from '@kubets/apimachinery'
import type { Clock, Logger, Refusal } from '@kubets/component'
import type { Client } from '../contract.ts'
import { reviewAccess, reviewTokens } from './reviews.ts'
import { whoAsks } from './who-asks.ts'

export interface DelegatedAccessOptions {
  /** Asks whose token it is. Undefined: tokens are not looked at, and who has only one is anonymous. */
  readonly tokens: Pick<Client, 'create'> | undefined
  /** Asks who may do what. Undefined: nobody may anything but what is always allowed. */
  readonly reviews: Pick<Client, 'create'> | undefined
  /** Paths that anybody may see; with a `*` at the end, all that begin so. */
  readonly alwaysAllow: readonly string[]
  /** How long answers hold, ms. */
  readonly timeToLive: { readonly token: number; readonly allowed: number; readonly denied: number }
  readonly clock: Clock
  readonly logger: Logger
}

/** Never asked about: the api-server would say yes. */
const masters = 'system:masters'

/** Lets a request to a path in, or says how it is refused: upstream's answers of a delegated authenticator and authorizer. @throws Error for a path with `*` amid it. */
export function delegatedAccess(
  options: DelegatedAccessOptions,
): (request: IncomingMessage, path: string) => Promise<Refusal | undefined> {
  const { clock, logger, timeToLive } = options
  const isAlwaysAllowed = pathsOf(options.alwaysAllow)
  const tokens = options.tokens && reviewTokens(options.tokens, clock, timeToLive.token)
  const mayUse = options.reviews && reviewAccess(options.reviews, clock, timeToLive)
  return async (request, path) => {
    const user = await whoAsks({ tokens, anonymous: true, clock, logger }, request)
    if (user === undefined) return refusal(unauthorized())
    if (user.groups.includes(masters) || isAlwaysAllowed(path)) return undefined
    const verb = (request.method ?? 'GET').toLowerCase()
    try {
      const answer = await mayUse?.(user, { nonResourceAttributes: { path, verb } })
      if (answer?.allowed === true) return undefined
      return refusal(accessDenied({ user: user.name, verb, path, reason: answer?.reason ?? '' }))
    } catch (error) {
      logger.error({ err: error, user: user.name, path }, 'Authorization error')
      const why = error instanceof Error ? error.message : String(error)
      return {
        status: 500,
        type: 'text/plain; charset=utf-8',
        body: `Internal Server Error: ${JSON.stringify(path)}: ${why}\n`,
      }
    }
  }
}

const refusal = ({ code, status }: ApiError): Refusal => ({
  status: code,
  type: 'application/json',
  body: `${JSON.stringify(status)}\n`,
})

function pathsOf(given: readonly string[]): (path: string) => boolean {
  const bare = (path: string) => (path.startsWith('/') ? path.slice(1) : path)
  const [prefixes, paths]: [string[], Set<string>] = [[], new Set()]
  for (const path of given.map(bare)) {
    if (path.slice(0, -1).includes('*')) throw new Error(`only trailing * allowed in ${JSON.stringify(path)}`)
    if (path.endsWith('*')) prefixes.push(path.slice(0, -1))
    else paths.add(path)
  }
  return path => paths.has(bare(path)) || prefixes.some(prefix => bare(path).startsWith(prefix))
}
