import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Clock, Logger } from '@kubets/component'
import { certificateUser } from './client-certificate.ts'
import { anonymousUser, type User } from './user.ts'

export interface WhoAsksOptions {
  /** Whose bearer token it is. Undefined: tokens are not looked at. */
  readonly tokens: ((token: string) => Promise<User | undefined>) | undefined
  /** Whether who shows nothing goes on as `system:anonymous`. */
  readonly anonymous: boolean
  readonly clock: Clock
  readonly logger: Logger
}

/** A client certificate of the server's authorities, else a bearer token, else nobody. Undefined: what was shown is no good, or something has to be. */
export async function whoAsks(
  { tokens, anonymous, clock, logger }: WhoAsksOptions,
  request: IncomingMessage,
): Promise<User | undefined> {
  const named = certificateUser(request.socket as TLSSocket, clock.now())
  if (named !== undefined && named !== 'refused') return named
  const token = tokens && /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) return named === undefined && anonymous ? anonymousUser : undefined
  return tokens?.(token).catch((error: unknown) => {
    logger.error({ err: error }, 'Unable to authenticate the request due to an error')
    return undefined
  })
}
