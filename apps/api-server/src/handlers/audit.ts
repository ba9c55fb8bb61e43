import { ApiError, formatMicroTime, internalError } from '@kubets/apimachinery'
import { AuditRecord, auditUser } from '../audit/audit-record.ts'
import type { ObjectReference } from '../audit/event.ts'
import { shownTarget } from '../audit/shown-target.ts'
import { sourceAddresses } from '../audit/source-addresses.ts'
import type { Audit } from '../audit/start-audit.ts'
import { isLongRunning } from './long-running.ts'
import type { RequestContext, Step, UserInfo } from './request-context.ts'

const maxUserAgent = 1024

/** What is written down of it? The request's record, begun before anybody decides what the user may do. */
export function audit(running: Audit | undefined): Step {
  if (running === undefined) return () => undefined
  return context => {
    const record = begin(running, context, context.user)
    if (record === undefined) return undefined
    context.audit = record
    const { info, exchange } = context
    if (isLongRunning(info)) exchange.onBegin = status => record.started(status)
    const taken = record.received()
    if (taken === true) return undefined
    const stop = () => {
      running.metrics.rejected++
      throw internalError('failed to store audit event')
    }
    return taken === false ? stop() : taken.then(good => (good ? undefined : stop()))
  }
}

/** The same for who cannot be let in: one event, with the ways that were tried. */
export function auditFailedAuthentication(running: Audit | undefined, authenticate: Step): Step {
  return auditFailure(running, authenticate, 401, waysTried)
}

/** The same for a time that is none. */
export function auditFailedTimeout(running: Audit | undefined, ownTimeout: Step): Step {
  return auditFailure(running, ownTimeout, 400, (_, error) => error.message)
}

function auditFailure(
  running: Audit | undefined,
  step: Step,
  code: number,
  message: (context: RequestContext, error: ApiError) => string,
): Step {
  if (running === undefined) return step
  const note = (context: RequestContext, error: unknown): never => {
    if (error instanceof ApiError && error.code === code) {
      const record = begin(running, context, undefined)
      record?.status({ metadata: {}, message: message(context, error) })
      record?.started(code)
    }
    throw error
  }
  return context => {
    try {
      const waiting = step(context)
      return waiting?.catch(error => note(context, error))
    } catch (error) {
      return note(context, error)
    }
  }
}

function begin(running: Audit, context: RequestContext, user: UserInfo | undefined): AuditRecord | undefined {
  const { info, exchange } = context
  const decision = running.decide({ ...info, user })
  running.metrics.level(decision.level)
  if (decision.level === 'None') return undefined
  const agent = exchange.headers['user-agent'] ?? ''
  const receivedAt = running.now() - (performance.now() - context.receivedAt)
  const head = {
    auditID: context.auditId,
    requestURI: shownTarget(exchange.target),
    verb: info.verb,
    user: user === undefined ? {} : auditUser(user),
    sourceIPs: sourceAddresses(exchange.headers, exchange.connection?.remoteAddress),
    userAgent: agent.length > maxUserAgent ? `${agent.slice(0, maxUserAgent)}...TRUNCATED` : agent,
    requestReceivedTimestamp: formatMicroTime(receivedAt),
  }
  const reference = info.isResourceRequest ? referenceOf(info) : undefined
  return new AuditRecord(decision, running.sink, head, reference, running.now)
}

/** In upstream's order; what is empty may be filled in by the body. */
function referenceOf({
  resource,
  namespace,
  name,
  group,
  version,
  subresource,
}: RequestContext['info']): ObjectReference {
  return {
    resource,
    namespace,
    name,
    uid: undefined,
    apiGroup: group,
    apiVersion: version,
    resourceVersion: undefined,
    subresource,
  }
}

function waysTried({ exchange, info }: RequestContext): string {
  const [scheme = '', given] = (exchange.headers.authorization ?? '').trim().split(' ')
  const ways: string[] = []
  if (given !== undefined && /^(basic|bearer)$/i.test(scheme)) ways.push(scheme.toLowerCase())
  if ((info.query.get('access_token') ?? '').trim() !== '') ways.push('access_token')
  if (Object.keys(exchange.connection?.getPeerCertificate?.() ?? {}).length > 0) ways.push('x509')
  return ways.length === 0
    ? 'Authentication failed, no credentials provided'
    : `Authentication failed, attempted: ${ways.join(', ')}`
}
