import { parseDuration, type UsageError } from '@kubets/component'
import type { KubeletAuth } from './server/access/start-access.ts'

type Fields = Readonly<Record<string, unknown>>

/** `authentication` and `authorization` of a KubeletConfiguration: who may use the server. Throws what `fail` makes of a field that is wrong. */
export function readAuth(
  authentication: Fields | undefined,
  authorization: Fields | undefined,
  fail: (why: string) => UsageError,
): KubeletAuth | undefined {
  const at = (fields: Fields | undefined, path: string, names: readonly string[]): unknown => {
    let value: unknown = fields
    for (const name of names) {
      if (value === undefined || value === null) return undefined
      if (typeof value !== 'object') throw fail(`${path} must be an object`)
      value = (value as Fields)[name]
    }
    return value ?? undefined
  }
  const bool = (path: string, value: unknown) => {
    if (value === undefined || typeof value === 'boolean') return value
    throw fail(`${path} must be true or false`)
  }
  const duration = (path: string, value: unknown) => {
    if (value === undefined) return undefined
    const ms = typeof value === 'string' ? parseDuration(value) : undefined
    if (ms === undefined) throw fail(`${path} must be a duration such as 10s`)
    // the zero value is upstream's default
    return ms === 0 ? undefined : ms
  }
  const mode = at(authorization, 'authorization', ['mode'])
  if (mode !== undefined && mode !== 'Webhook' && mode !== 'AlwaysAllow')
    throw fail(`authorization.mode must be Webhook or AlwaysAllow, not ${JSON.stringify(mode)}`)
  const who = (path: string, ...names: string[]) => at(authentication, `authentication.${path}`, names)
  const may = (name: string) => at(authorization, 'authorization.webhook', ['webhook', name])
  const read: { [K in keyof KubeletAuth]: KubeletAuth[K] | undefined } = {
    anonymous: bool('authentication.anonymous.enabled', who('anonymous', 'anonymous', 'enabled')),
    tokens: bool('authentication.webhook.enabled', who('webhook', 'webhook', 'enabled')),
    tokenTtl: duration('authentication.webhook.cacheTTL', who('webhook', 'webhook', 'cacheTTL')),
    mode,
    authorizedTtl: duration('authorization.webhook.cacheAuthorizedTTL', may('cacheAuthorizedTTL')),
    unauthorizedTtl: duration('authorization.webhook.cacheUnauthorizedTTL', may('cacheUnauthorizedTTL')),
  }
  const given = Object.entries(read).filter(([, value]) => value !== undefined)
  return given.length === 0 ? undefined : Object.fromEntries(given)
}
