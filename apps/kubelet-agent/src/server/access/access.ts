import type { IncomingMessage } from 'node:http'
import { type User, type WhoAsksOptions, whoAsks } from '@kubets/client'
import { ServerRefusal } from '../refusal.ts'
import { nodeAccess } from './attributes.ts'

export interface AccessOptions extends WhoAsksOptions {
  /** Whether the user may `verb` this node's `subresource`. */
  readonly mayUse: (user: User, verb: string, subresource: string) => Promise<boolean>
}

/** Lets a request in, or throws {@link ServerRefusal}: 401, 403, or 500 when nobody could be asked; upstream's texts. */
export type Access = (request: IncomingMessage, segments: readonly string[]) => Promise<void>

export function createAccess(options: AccessOptions): Access {
  const { mayUse, logger } = options
  return async (request, segments) => {
    const user = await whoAsks(options, request)
    if (user === undefined) throw new ServerRefusal(401, 'Unauthorized')
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
