import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { unauthorized } from '@kubets/apimachinery'
import type { RequestContext, Step, UserInfo } from './request-context.ts'

export interface AuthenticateOptions {
  /** Whose bearer token it is. */
  tokens: TokenAuthenticator
  /** Whether requests of nobody go on to an authorizer that can tell them apart: AlwaysAllow would let them do everything. */
  anonymous: 'where everybody may' | 'authorized'
}

/** Whose token it is. */
export interface Identified {
  readonly user: UserInfo
  /** For whom it is good, of those that were asked about. */
  readonly audiences: readonly string[]
}

/**
 * Whose token it is, for one of these audiences (default: this API's own); undefined for a token of nobody. Throws, or rejects, when a token is known and
 * no good: the message says why.
 */
export type TokenAuthenticator = (
  token: string,
  audiences?: readonly string[],
) => Identified | undefined | Promise<Identified | undefined>

export const anonymous: UserInfo = { name: 'system:anonymous', uid: '', groups: ['system:unauthenticated'] }

/** Paths that answer anyone, as upstream's `system:public-info-viewer` and health checks. */
const publicPaths = /^\/(healthz|livez|readyz)(\/|$)|^\/version\/?$/

/**
 * Who asks: a client certificate of our authority (CN is the user, O the groups), else a bearer token, else nobody, who may see
 * health and version only.
 */
export function authenticate(options: AuthenticateOptions): Step {
  // the certificate of a connection never changes: read once
  const byConnection = new WeakMap<TLSSocket, UserInfo | null>()
  return context => {
    const certain = certificateUser(context, byConnection)
    if (certain !== null) {
      context.user = certain
      return undefined
    }
    const token = bearerToken(context)
    if (token === null) {
      context.user = options.anonymous === 'authorized' ? anonymous : anonymousUser(context)
      return undefined
    }
    return tokenUser(context, token, options.tokens)
  }
}

function certificateUser(context: RequestContext, known: WeakMap<TLSSocket, UserInfo | null>): UserInfo | null {
  const { connection } = context.exchange
  if (connection === undefined) return null
  let user = known.get(connection)
  if (user === undefined) {
    user = readCertificate(connection)
    known.set(connection, user)
  }
  return user
}

function readCertificate(connection: TLSSocket): UserInfo | null {
  if (!connection.authorized) return null
  const { subject, ext_key_usage: usage } = connection.getPeerCertificate()
  // upstream asks for clientAuth; a certificate without the extension is good for anything
  if (usage !== undefined && !usage.includes('1.3.6.1.5.5.7.3.2')) return null
  const name = first(subject?.CN)
  if (name === undefined || name === '') return null
  const organizations = subject.O as string | string[] | undefined
  const groups = organizations === undefined ? [] : Array.isArray(organizations) ? organizations : [organizations]
  return { name, uid: '', groups: [...groups, 'system:authenticated'] }
}

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

function bearerToken({ exchange }: RequestContext): string | null {
  const header = exchange.headers.authorization
  return header === undefined ? null : (/^bearer +(\S+) *$/i.exec(header)?.[1] ?? null)
}

/** A wrong token is told as such, also where anonymous requests would pass. Why it is wrong is told to reviews only. */
function tokenUser(context: RequestContext, token: string, tokens: TokenAuthenticator): undefined | Promise<void> {
  let found: ReturnType<TokenAuthenticator>
  try {
    found = tokens(token)
  } catch {
    throw unauthorized()
  }
  const take = (identified: Identified | undefined) => {
    if (identified === undefined) throw unauthorized()
    context.user = identified.user
  }
  if (found instanceof Promise)
    return found.then(take, () => {
      throw unauthorized()
    })
  take(found)
  return undefined
}

/** Asks one after the other whose token it is. */
export function anyToken(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return (token, audiences) => {
    for (const authenticator of authenticators) {
      const found = authenticator(token, audiences)
      // each knows by the token's form whether it is its own: a promise is an answer, not a question
      if (found !== undefined) return found
    }
    return undefined
  }
}

function anonymousUser(context: RequestContext): UserInfo {
  if (publicPaths.test(context.info.path)) return anonymous
  throw unauthorized()
}

/** Tokens of a static token file: lines of `token,user,uid,"group1,group2"`. They are good for this API, and say nothing of audiences. */
export function tokenFileAuthenticator(text: string, apiAudiences: readonly string[]): TokenAuthenticator {
  const known = new Map(
    [...parseTokenFile(text)].map(([key, user]) => [key, { user, audiences: apiAudiences }] as const),
  )
  return (token, audiences) => {
    const identified = known.get(digest(token))
    if (identified === undefined || audiences === undefined) return identified
    const common = commonAudiences(apiAudiences, audiences)
    return common.length === 0 ? undefined : { ...identified, audiences: common }
  }
}

/** Those that are in both, in the order of the second. */
export const commonAudiences = (own: readonly string[], asked: readonly string[]): string[] =>
  asked.filter(audience => own.includes(audience))

/** Compared by digest: how long a comparison takes tells nothing of the token. */
const digest = (token: string) => createHash('sha256').update(token).digest('base64')

/** Reads upstream's `--token-auth-file` format. Throws naming the line that is wrong. */
export function parseTokenFile(text: string): ReadonlyMap<string, UserInfo> {
  const users = new Map<string, UserInfo>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const fields = parseCsvLine(line)
    const [token, name, uid, groups] = fields
    if (token === undefined || token === '' || name === undefined || name === '' || uid === undefined)
      throw new Error(
        `token file line ${index + 1}: expected at least 3 columns (token, user name, user uid), found ${fields.length}`,
      )
    const listed = groups === undefined || groups === '' ? [] : groups.split(',').map(g => g.trim())
    users.set(digest(token), { name, uid, groups: [...listed, 'system:authenticated'] })
  }
  return users
}

function parseCsvLine(line: string): string[] {
  return [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted !== undefined ? quoted.replaceAll('""', '"') : (plain ?? '').trim(),
  )
}
