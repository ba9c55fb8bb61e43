import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Clock, Logger } from '@kubets/component'
import { ServerRefusal } from '../refusal.ts'
import { nodeAccess } from './attributes.ts'
import { certificateUser } from './client-certificate.ts'
import { anonymousUser, type User } from './user.ts'

export interface AccessOptions {
  /** Whose bearer token it is. Undefined: tokens are not believed. */
  readonly tokens: ((token: string) => Promise<User | undefined>) | undefined
  /** Whether the user may `verb` this node's `subresource`. */
  readonly mayUse: (user: User, verb: string, subresource: string) => Promise<boolean>
  readonly anonymous: boolean
  readonly clock: Clock
  readonly logger: Logger
}

/** Lets a request in, or throws {@link ServerRefusal}: 401, 403, or 500 when nobody could be asked; upstream's texts. */
export type Access = (request: IncomingMessage, segments: readonly string[]) => Promise<void>

export function createAccess(options: AccessOptions): Access {
  const { mayUse, logger } = options
  return async (request, segments) => {
    const user = await who(options, request)
    const { verb, subresources } = nodeAccess(request.method, segments)
    for (const subresource of subresources) {
      let allowed: boolean
      try {
        allowed = await mayUse(user, verb, subresource)
      } catch (error) {
        logger.error({ err: error, user: user.name, verb, subresource }, 'Authorization error')
        throw new ServerRefusal(
          500,
          `Authorization error (user=${user.name}, verb=${verb}, resource=nodes, subresource=${subresource})`,
        )
      }
      if (allowed) return
    }
    throw new ServerRefusal(
      403,
      `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])\n`,
    )
  }
}

async function who({ tokens, anonymous, clock, logger }: AccessOptions, request: IncomingMessage): Promise<User> {
  const named = certificateUser(request.socket as TLSSocket, clock.now())
  if (named !== undefined && named !== 'refused') return named
  const token = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token !== undefined && tokens !== undefined) {
    const user = await tokens(token).catch((error: unknown) => {
      logger.error({ err: error }, 'Unable to authenticate the request due to an error')
      return undefined
    })
    if (user !== undefined) return user
  } else if (token === undefined && named === undefined && anonymous) return anonymousUser
  throw new ServerRefusal(401, 'Unauthorized')
}
