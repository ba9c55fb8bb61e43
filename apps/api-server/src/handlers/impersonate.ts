import type { IncomingHttpHeaders } from 'node:http'
import { badRequest } from '@kubets/apimachinery'
import { anonymous } from '../authentication/users.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import type { Exchange } from '../front/exchange.ts'
import { denied } from './authorize.ts'
import type { RequestContext, Step, UserInfo } from './request-context.ts'

const prefix = 'impersonate-'
const extraPrefix = 'impersonate-extra-'
const authenticated = 'system:authenticated'
const unauthenticated = 'system:unauthenticated'

/** On behalf of whom? `Impersonate-*` headers name another user, whom the one who asks must be allowed to be: 403 else. */
export function impersonate(authorizer: Authorizer): Step {
  return context => {
    const { headers } = context.exchange
    if (!impersonates(headers)) return undefined
    const wanted = readHeaders(context.exchange)
    return wanted === undefined ? undefined : becomes(authorizer, context, wanted)
  }
}

async function becomes(authorizer: Authorizer, context: RequestContext, wanted: UserInfo): Promise<void> {
  for (const asked of questions(wanted)) {
    const decision = await authorizer.authorize({ ...asked, user: context.user })
    if (decision.decision !== 'allow') throw denied({ ...asked, user: context.user }, decision)
  }
  context.user = impersonated(wanted)
  context.audit?.impersonated(context.user)
}

/** Every request pays for this question: no closures, no lists. */
function impersonates(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (name.startsWith(prefix)) return true
  return false
}

/** What the headers say, as they say it; undefined when nobody is named. */
function readHeaders(exchange: Exchange): UserInfo | undefined {
  const { headers } = exchange
  const name = first(headers['impersonate-user'])
  const uid = first(headers['impersonate-uid'])
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

const first = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header) ?? ''

/** Keys may be percent-encoded, for what a header's name cannot hold. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

const core = { verb: 'impersonate', group: '', version: '', subresource: '', namespace: '' }
const authentication = { ...core, group: 'authentication.k8s.io', version: 'v1' }

/** What the one who asks must be allowed to do, one question for each thing that is taken on. */
function questions({ name, uid, groups, extra = {} }: UserInfo) {
  const [, namespace, account] = serviceAccount.exec(name) ?? []
  return [
    namespace === undefined || account === undefined
      ? { ...core, resource: 'users', name }
      : { ...core, resource: 'serviceaccounts', namespace, name: account },
    ...groups.map(group => ({ ...core, resource: 'groups', name: group })),
    ...Object.entries(extra).flatMap(([subresource, texts]) =>
      texts.map(text => ({ ...authentication, resource: 'userextras', subresource, name: text })),
    ),
    ...(uid === '' ? [] : [{ ...authentication, resource: 'uids', name: uid }]),
  ]
}

const serviceAccount = /^system:serviceaccount:([a-z0-9](?:[-a-z0-9]*[a-z0-9])?):([a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)$/

/** The user with the groups that nobody has to name. */
function impersonated(wanted: UserInfo): UserInfo {
  const [, namespace] = serviceAccount.exec(wanted.name) ?? []
  const groups =
    wanted.groups.length > 0 || namespace === undefined
      ? wanted.groups
      : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
  const own = wanted.name === anonymous.name ? unauthenticated : authenticated
  const named = groups.includes(unauthenticated) || groups.includes(own)
  return { ...wanted, groups: named ? groups : [...groups, own] }
}

/** Upstream prints what was asked for as Go does. */
function inGo(uid: string, groups: readonly string[], extra: Readonly<Record<string, readonly string[]>>): string {
  const strings = (list: readonly string[]) => `[]string{${list.map(one => JSON.stringify(one)).join(', ')}}`
  const pairs = Object.entries(extra).map(([key, list]) => `${JSON.stringify(key)}:${strings(list)}`)
  const ofGroups = groups.length === 0 ? '[]string(nil)' : strings(groups)
  const ofExtra = pairs.length === 0 ? '(nil)' : `{${pairs.sort().join(', ')}}`
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${ofGroups}, Extra:map[string][]string${ofExtra}}`
}
