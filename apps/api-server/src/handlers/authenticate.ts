import { unauthorized } from '@kubets/apimachinery'
import type { ClientCertificates } from '../authentication/client-certificates.ts'
import { replaceHeader } from '../authentication/forwarded-headers.ts'
import type { AnonymousOptions } from '../authentication/options.ts'
import type { RequestHeaders } from '../authentication/request-headers.ts'
import type { Identified, TokenAuthenticator } from '../authentication/token-authenticator.ts'
import { anonymous } from '../authentication/users.ts'
import type { RequestContext, Step, UserInfo } from './request-context.ts'

export interface AuthenticateOptions {
  certificates: ClientCertificates
  requestHeaders: RequestHeaders
  /** Whose bearer token it is. */
  tokens: TokenAuthenticator
  anonymous: AnonymousRule
}

/**
 * Whether requests of nobody go on to an authorizer that can tell them apart (AlwaysAllow would let them do everything), and to which paths: all of them,
 * or a list.
 */
export type AnonymousRule =
  | { readonly to: 'public paths' | 'nothing' }
  | { readonly to: 'the authorizer'; readonly paths: ReadonlySet<string> | undefined }

export function anonymousRule({ enabled, paths }: AnonymousOptions, where: 'where everybody may' | 'authorized') {
  return (
    !enabled
      ? { to: 'nothing' }
      : where === 'where everybody may'
        ? { to: 'public paths' }
        : { to: 'the authorizer', paths: paths === undefined ? undefined : new Set(paths) }
  ) satisfies AnonymousRule
}

/** Paths that answer anyone, as upstream's `system:public-info-viewer` and health checks. */
const publicPaths = /^\/(healthz|livez|readyz)(\/|$)|^\/version\/?$/

/**
 * Who asks: whom a front proxy names, else a client certificate of our authority (CN is the user, O the groups), else a bearer token, else nobody. A
 * certificate or token that is no good is told as such, also where anonymous requests would pass; another credential beside it may still be good.
 */
export function authenticate(options: AuthenticateOptions): Step {
  const { certificates, requestHeaders, tokens } = options
  const become = (context: RequestContext, user: UserInfo) => {
    context.user = user
    requestHeaders.strip(context.exchange)
  }
  return context => {
    const { exchange } = context
    const facts = certificates.of(exchange.connection)
    const user = (facts.frontProxy ? requestHeaders.userOf(exchange) : undefined) ?? facts.user
    if (user !== undefined) {
      become(context, user)
      exchange.authenticated(user.name)
      return undefined
    }
    const token = bearerToken(context) ?? webSocketToken(context)
    if (token === null) {
      if (facts.refused) throw unauthorized()
      become(context, anonymousUser(context, options.anonymous))
      return undefined
    }
    return tokenUser(context, token, tokens, become)
  }
}

function bearerToken({ exchange }: RequestContext): string | null {
  const header = exchange.headers.authorization
  return header === undefined ? null : (/^bearer +(\S+) *$/i.exec(header)?.[1] ?? null)
}

const protocolPrefix = 'base64url.bearer.authorization.k8s.io.'

/**
 * Browsers cannot set a header on a WebSocket: the token comes as one of the protocols. It is taken away from them: the servers behind us must not see it.
 */
function webSocketToken({ exchange }: RequestContext): string | null {
  const offered = exchange.headers['sec-websocket-protocol']
  if (offered === undefined || !exchange.canUpgrade || !offered.includes(protocolPrefix)) return null
  const protocols = offered.split(',').map(one => one.trim())
  const found = protocols.find(one => one.startsWith(protocolPrefix))?.slice(protocolPrefix.length) ?? ''
  const others = protocols.filter(one => !one.startsWith(protocolPrefix))
  // a handshake must name a protocol that we may answer with: the token's own is none
  if (others.length === 0 || found === '' || /[^\w-]/.test(found)) throw unauthorized()
  replaceHeader(exchange, 'sec-websocket-protocol', others.join(','))
  return Buffer.from(found, 'base64url').toString('utf8')
}

/** A wrong token is told as such, also where anonymous requests would pass. Why it is wrong is told to reviews only. */
function tokenUser(
  context: RequestContext,
  token: string,
  tokens: TokenAuthenticator,
  become: (context: RequestContext, user: UserInfo) => void,
): undefined | Promise<void> {
  let found: ReturnType<TokenAuthenticator>
  try {
    found = tokens(token)
  } catch {
    throw unauthorized()
  }
  const take = (identified: Identified | undefined) => {
    if (identified === undefined) throw unauthorized()
    become(context, identified.user)
    context.exchange.authenticated(identified.user.name)
  }
  if (found instanceof Promise)
    return found.then(take, () => {
      throw unauthorized()
    })
  take(found)
  return undefined
}

function anonymousUser({ info }: RequestContext, rule: AnonymousRule): UserInfo {
  if (rule.to === 'the authorizer' && (rule.paths === undefined || rule.paths.has(info.path))) return anonymous
  if (rule.to === 'public paths' && publicPaths.test(info.path)) return anonymous
  throw unauthorized()
}
