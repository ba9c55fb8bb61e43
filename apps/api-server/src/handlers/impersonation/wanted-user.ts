import type { IncomingHttpHeaders } from 'node:http'
import { badRequest } from '@kubets/apimachinery'
import type { Exchange } from '../../front/exchange.ts'
import type { UserInfo } from '../request-context.ts'

const prefix = 'impersonate-'
const extraPrefix = 'impersonate-extra-'

/** Every request pays for this question: no closures, no lists. */
export function impersonates(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (name.startsWith(prefix)) return true
  return false
}

/** What the headers say, as they say it; undefined when nobody is named. */
export function wantedUser(exchange: Exchange): UserInfo | undefined {
  const { headers } = exchange
  const name = exchange.headerValues('impersonate-user')[0] ?? ''
  const uid = exchange.headerValues('impersonate-uid')[0] ?? ''
  const groups = exchange.headerValues('impersonate-group')
  // by entries: a key may be called __proto__
  const extra = Object.fromEntries(
    Object.keys(headers)
      .filter(header => header.startsWith(extraPrefix))
      .map(header => [decoded(header.slice(extraPrefix.length)), exchange.headerValues(header)]),
  )
  const keys = Object.keys(extra)
  if (name !== '') return { name, uid, groups, ...(keys.length === 0 ? {} : { extra }) }
  if (uid === '' && groups.length === 0 && keys.length === 0) return undefined
  throw badRequest(`requested ${inGo(uid, groups, extra)} without impersonating a user name`)
}

/** Keys may be percent-encoded, for what a header's name cannot hold. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** Upstream prints what was asked for as Go does. */
function inGo(uid: string, groups: readonly string[], extra: Readonly<Record<string, readonly string[]>>): string {
  const strings = (list: readonly string[]) => `[]string{${list.map(one => JSON.stringify(one)).join(', ')}}`
  const pairs = Object.entries(extra).map(([key, list]) => `${JSON.stringify(key)}:${strings(list)}`)
  const ofGroups = groups.length === 0 ? '[]string(nil)' : strings(groups)
  const ofExtra = pairs.length === 0 ? '(nil)' : `{${pairs.sort().join(', ')}}`
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${ofGroups}, Extra:map[string][]string${ofExtra}}`
}
