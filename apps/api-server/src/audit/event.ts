import { goQuote } from '@kubets/apimachinery'

/** How much of a request is recorded; each level holds what those before it hold. */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof levels)[number]

/** Moments of a request that make an event. ResponseStarted is only for what runs long (watch, exec, …). */
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof stages)[number]

export interface AuditUser {
  readonly username?: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export interface ObjectReference {
  resource?: string | undefined
  namespace?: string | undefined
  name?: string | undefined
  uid?: string | undefined
  apiGroup?: string | undefined
  apiVersion?: string | undefined
  resourceVersion?: string | undefined
  subresource?: string | undefined
}

/** What the answer said. A Status' own words where it was one. */
export interface ResponseStatus {
  readonly metadata: object
  readonly status?: string
  readonly message?: string
  readonly reason?: string
  readonly details?: object
  readonly code?: number
}

/** One `Event` of audit.k8s.io/v1. Members stand in upstream's order; objects of requests and answers are JSON texts. */
export interface AuditEvent {
  readonly level: Level
  readonly auditID: string
  readonly stage: Stage
  readonly requestURI: string
  readonly verb: string
  readonly user: AuditUser
  readonly impersonatedUser?: AuditUser
  readonly authenticationMetadata?: { readonly impersonationConstraint: string }
  readonly sourceIPs: readonly string[]
  readonly userAgent?: string
  readonly objectRef?: ObjectReference
  readonly responseStatus?: ResponseStatus
  /** JSON. */
  readonly requestObject?: string
  /** JSON. */
  readonly responseObject?: string
  /** RFC 3339 with microseconds. */
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** The event as JSON. Objects go in as the texts they are: what cannot be held by a JavaScript number stays exact. */
export function eventText(event: AuditEvent): string {
  const { requestObject, responseObject, requestReceivedTimestamp, stageTimestamp, annotations, ...head } = event
  const rest = { requestReceivedTimestamp, stageTimestamp, ...(annotations === undefined ? {} : { annotations }) }
  const start = JSON.stringify({ kind: 'Event', apiVersion: 'audit.k8s.io/v1', ...head }).slice(0, -1)
  const request = requestObject === undefined ? '' : `,"requestObject":${requestObject}`
  const response = responseObject === undefined ? '' : `,"responseObject":${responseObject}`
  return `${start}${request}${response},${JSON.stringify(rest).slice(1)}`
}

/** The one line of `--audit-log-format=legacy`. */
export function legacyLine({ user, impersonatedUser: as, objectRef, responseStatus, ...event }: AuditEvent): string {
  const named = (user.username ?? '') !== ''
  const parts: [string, string][] = [
    ['id', event.auditID],
    ['stage', event.stage],
    ['ip', event.sourceIPs[0] ?? '<unknown>'],
    ['method', event.verb],
    ['user', named ? (user.username as string) : '<none>'],
    ['groups', named && user.groups !== undefined ? quoted(user.groups) : '<none>'],
    ['as', as?.username ?? '<self>'],
    ['asgroups', as?.groups === undefined ? '<lookup>' : quoted(as.groups)],
    ['user-agent', event.userAgent ?? ''],
    ['namespace', objectRef?.namespace || '<none>'],
    ['uri', event.requestURI],
    ['response', responseStatus === undefined ? '<deferred>' : String(responseStatus.code ?? 0)],
  ]
  return `${event.requestReceivedTimestamp} AUDIT: ${parts.map(([name, value]) => `${name}=${goQuote(value)}`).join(' ')}`
}

const quoted = (texts: readonly string[]) => texts.map(goQuote).join(',')
