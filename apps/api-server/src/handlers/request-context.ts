import type { AuditRecord } from '../audit/audit-record.ts'
import type { Exchange } from '../front/exchange.ts'
import type { RequestInfo } from './request-info.ts'

/** Who asks. */
export interface UserInfo {
  readonly name: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What the chain knows of one request; each step fills its own part before the next one reads it. */
export interface RequestContext {
  readonly exchange: Exchange
  /** `performance.now()` at the arrival. */
  readonly receivedAt: number
  info: RequestInfo
  user: UserInfo
  auditId: string
  /** Of the body, once it is read. */
  bodyBytes: number
  /** What is written down of the request; undefined where nothing is. */
  audit: AuditRecord | undefined
  /** Sent as `Warning` headers with the answer. */
  warnings: string[] | undefined
  /** Among which of the requests that are in flight it counts. */
  lane: 'readOnly' | 'mutating' | undefined
  /** ms that the client itself gives its request (`?timeout=`), where that is less than the server does. */
  timeout: number | undefined
}

/** One step of the handler chain. It throws a ApiError to end the request, and returns a promise only where it has to wait. */
export type Step = (context: RequestContext) => undefined | Promise<void>
