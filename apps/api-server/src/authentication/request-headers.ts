import type { Followed } from '@kubets/component'
import type { Exchange } from '../front/exchange.ts'
import type { UserInfo } from '../handlers/request-context.ts'
import { replaceHeader } from './forwarded-headers.ts'
import { authenticatedUser } from './users.ts'

/** `--requestheader-*`: where an authenticating proxy says who its client is. Names in any case. */
export interface RequestHeaderOptions {
  /** PEM of the authorities that sign the proxies' client certificates. */
  readonly ca: string | Followed<string>
  /** Common names of proxies; none: whoever has a certificate of the authorities. */
  readonly allowedNames: readonly string[]
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraPrefixes: readonly string[]
}

/** Upstream's names, which nobody but a proxy may bring as far as another server. */
const standardPrefix = 'x-remote-'
const standard = new Set(['x-remote-user', 'x-remote-uid', 'x-remote-group'])
const standardExtra = 'x-remote-extra-'

export interface RequestHeaders {
  /** Whom a proxy speaks for; undefined when it names nobody. Only for connections of proxies. */
  userOf(exchange: Exchange): UserInfo | undefined
  /** Takes away what says who somebody is, and their credentials: the servers that a request is passed on to have no business with them. */
  strip(exchange: Exchange): void
}

export function requestHeaders(options: RequestHeaderOptions | undefined): RequestHeaders {
  const lower = (names: readonly string[] = []) => names.map(name => name.toLowerCase())
  const usernames = lower(options?.usernameHeaders)
  const uids = lower(options?.uidHeaders)
  const groups = lower(options?.groupHeaders)
  const prefixes = lower(options?.extraPrefixes)
  const own = new Set([...usernames, ...uids, ...groups].filter(name => !standard.has(name)))
  const ownPrefixes = prefixes.filter(prefix => !prefix.startsWith(standardExtra))
  const isIdentity = (name: string) =>
    (name.startsWith(standardPrefix) && (standard.has(name) || name.startsWith(standardExtra))) ||
    (own.size > 0 && own.has(name)) ||
    (ownPrefixes.length > 0 && ownPrefixes.some(prefix => name.startsWith(prefix)))
  const first = (exchange: Exchange, names: readonly string[]) => {
    for (const name of names) {
      const value = exchange.headerValues(name)[0] ?? ''
      if (value !== '') return value
    }
    return ''
  }
  return {
    userOf(exchange) {
      const name = first(exchange, usernames)
      if (name === '') return undefined
      const extra: [string, string[]][] = []
      for (const prefix of prefixes)
        for (const header of Object.keys(exchange.headers))
          if (header.startsWith(prefix))
            extra.push([decoded(header.slice(prefix.length)), exchange.headerValues(header)])
      return authenticatedUser({
        name,
        uid: first(exchange, uids),
        groups: groups.flatMap(header => exchange.headerValues(header)).filter(group => group !== ''),
        ...(extra.length === 0 ? {} : { extra: merged(extra) }),
      })
    },
    strip(exchange) {
      const { headers } = exchange
      if (headers.authorization !== undefined) replaceHeader(exchange, 'authorization')
      for (const name in headers) if (isIdentity(name)) replaceHeader(exchange, name)
    },
  }
}

/** By entries: a key may be called __proto__. */
function merged(pairs: readonly [string, string[]][]): Record<string, string[]> {
  const all = new Map<string, string[]>()
  for (const [key, values] of pairs) all.set(key, [...(all.get(key) ?? []), ...values])
  return Object.fromEntries(all)
}

/** Keys may be percent-encoded, for what a header's name cannot hold. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
