import { type Client, reviewAccess, reviewTokens, type User } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import { type Access, createAccess } from './access.ts'

/** `authentication` and `authorization` of a KubeletConfiguration. Times in ms. */
export interface KubeletAuth {
  /** Whether requests without credentials go on as `system:anonymous`. Default false. */
  anonymous?: boolean
  /** Whether the api-server is asked whose bearer token it is. Default true. */
  tokens?: boolean
  /** How long its answer holds. Default two minutes. */
  tokenTtl?: number
  /** Who may do what: as the api-server says, or everybody who is let in everything. Default Webhook. */
  mode?: 'Webhook' | 'AlwaysAllow'
  /** How long a yes holds. Default five minutes. */
  authorizedTtl?: number
  /** How long a no holds. Default half a minute. */
  unauthorizedTtl?: number
}

export interface StartAccessOptions {
  readonly auth: KubeletAuth
  readonly client: Pick<Client, 'create'>
  readonly nodeName: string
  readonly clock: Clock
  readonly logger: Logger
}

/** Who may use the kubelet's server. */
export function startAccess({ auth, client, nodeName, clock, logger }: StartAccessOptions): Access {
  const { anonymous = false, tokens = true, tokenTtl = 120_000 } = auth
  const { mode = 'Webhook', authorizedTtl = 300_000, unauthorizedTtl = 30_000 } = auth
  return createAccess({
    anonymous,
    clock,
    logger,
    tokens: tokens ? reviewTokens(client, clock, tokenTtl) : undefined,
    mayUse: mode === 'AlwaysAllow' ? async () => true : mayUseNode(),
  })

  function mayUseNode() {
    const ask = reviewAccess(client, clock, { allowed: authorizedTtl, denied: unauthorizedTtl })
    return async (user: User, verb: string, subresource: string) => {
      const node = { verb, version: 'v1', resource: 'nodes', subresource, name: nodeName }
      return (await ask(user, { resourceAttributes: node })).allowed
    }
  }
}
