import { decodeJson, encodeJson, formatMicroTime, type JsonValue } from '@kubets/apimachinery'
import type { UserInfo } from '../handlers/request-context.ts'
import type { AuditEvent, AuditUser, Level, ObjectReference, ResponseStatus, Stage } from './event.ts'
import type { AuditDecision } from './policy.ts'

/** Takes events on their way. False (or a promise of it) when one could not be taken. */
export type AuditSink = (event: AuditEvent) => boolean | Promise<boolean>

type Head = Pick<
  AuditEvent,
  'auditID' | 'requestURI' | 'verb' | 'user' | 'sourceIPs' | 'userAgent' | 'requestReceivedTimestamp'
>

/** What is noted of one request on its way through the api-server, and the events that come of it. */
export class AuditRecord {
  readonly #decision: AuditDecision
  readonly #sink: AuditSink
  readonly #now: () => number
  readonly #head: Head
  #impersonated: AuditUser | undefined
  #constraint: string | undefined
  #reference: ObjectReference | undefined
  #status: ResponseStatus | undefined
  #request: string | undefined
  #response: string | undefined
  #annotations: Record<string, string> | undefined
  #started = false

  constructor(
    decision: AuditDecision,
    sink: AuditSink,
    head: Head,
    reference: ObjectReference | undefined,
    now: () => number,
  ) {
    this.#decision = decision
    this.#sink = sink
    this.#head = head
    this.#reference = reference
    this.#now = now
  }

  get level(): Level {
    return this.#decision.level
  }

  get wantsRequest(): boolean {
    return this.level === 'Request' || this.level === 'RequestResponse'
  }

  get wantsResponse(): boolean {
    return this.level === 'RequestResponse'
  }

  received(): boolean | Promise<boolean> {
    return this.#emit('RequestReceived', this.#head.requestReceivedTimestamp)
  }

  /** The decoded body. What it says of itself completes the reference where the path does not. */
  request(body: object): void {
    const { metadata } = body as {
      metadata?: { namespace?: string; name?: string; uid?: string; resourceVersion?: string }
    }
    if (this.#reference !== undefined && typeof metadata === 'object' && metadata !== null) {
      for (const name of ['namespace', 'name', 'uid', 'resourceVersion'] as const) {
        const value = metadata[name]
        if (!this.#reference[name] && typeof value === 'string' && value !== '') this.#reference[name] = value
      }
    }
    if (this.wantsRequest) this.#request = this.#text(body as JsonValue)
  }

  /** A patch, as JSON. */
  patch(json: string): void {
    if (this.wantsRequest) this.#request = json
  }

  /** The answer's object, as JSON. Asked for only where it is recorded. */
  response(make: () => string): void {
    if (!this.wantsResponse) return
    const json = make()
    this.#response = this.#decision.omitManagedFields ? this.#text(decodeJson(Buffer.from(json)).value) : json
  }

  /** The answer is a Status: its own words are part of every event. */
  status(status: ResponseStatus): void {
    const { status: outcome, message, reason, details, code } = status
    this.#status = defined({ metadata: {}, status: outcome, message, reason, details, code }) as ResponseStatus
    this.response(() => JSON.stringify(status))
  }

  /** `constraint`: the constrained verb that allowed it, if one did. */
  impersonated(user: UserInfo, constraint: string): void {
    this.#impersonated = auditUser(user)
    if (constraint !== '') this.#constraint = constraint
  }

  annotate(key: string, value: string): void {
    this.#annotations ??= {}
    this.#annotations[key] ??= value
  }

  /** The first bytes of an answer that runs long. */
  started(code: number): void {
    if (this.#started) return
    this.#started = true
    this.#status = { metadata: {}, ...this.#status, code }
    void this.#emit('ResponseStarted')
  }

  /** `code` is 0 when the client went away before the answer. */
  complete(code: number): void {
    if (code !== 0) this.#status = { metadata: {}, ...this.#status, code }
    else this.#status ??= { metadata: {}, status: 'Success', message: 'Connection closed early', code: 200 }
    void this.#emit('ResponseComplete')
  }

  #emit(stage: Stage, at = formatMicroTime(this.#now())): boolean | Promise<boolean> {
    if (this.#decision.omitStages.has(stage)) return true
    const { requestReceivedTimestamp, ...head } = this.#head
    const event = {
      level: this.level,
      ...head,
      impersonatedUser: this.#impersonated,
      authenticationMetadata:
        this.#constraint === undefined ? undefined : { impersonationConstraint: this.#constraint },
      objectRef: this.#reference && defined(this.#reference),
      responseStatus: this.#status,
      requestObject: this.#request,
      responseObject: this.#response,
      requestReceivedTimestamp,
      stageTimestamp: at,
      annotations: this.#annotations,
    }
    return this.#sink(inOrder(event, stage))
  }

  #text(value: JsonValue): string {
    return encodeJson(this.#decision.omitManagedFields ? withoutManagers(value) : value)
  }
}

/** Upstream's order of members; what is unset is left out. */
function inOrder(event: object & { auditID: string; level: Level }, stage: Stage): AuditEvent {
  const { level, auditID, ...rest } = event
  return defined({ level, auditID, stage, ...rest }) as AuditEvent
}

const defined = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== ''))

export const auditUser = ({ name, uid, groups, extra }: UserInfo): AuditUser => ({
  username: name,
  ...(uid === '' ? {} : { uid }),
  groups,
  ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
})

/** The object, or the objects of a list, without `metadata.managedFields`. */
function withoutManagers(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const { metadata, items } = value as { metadata?: JsonValue; items?: JsonValue }
  const copy: Record<string, JsonValue> = { ...(value as Record<string, JsonValue>) }
  if (typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)) {
    const { managedFields: _, ...kept } = metadata as Record<string, JsonValue>
    copy.metadata = kept
  }
  if (Array.isArray(items)) copy.items = items.map(withoutManagers)
  return copy
}
