import {
  CompactedError,
  FutureRevisionError,
  LeaseNotFoundError,
  RequestTooLargeError,
  type Revision,
  StoreError,
  StoreTimeoutError,
} from '../key-value-store.ts'
import { adviceFor } from './tls-advice.ts'

/** etcd could not be asked, or did not answer. Whether a write happened is not known then. */
export class EtcdUnavailableError extends StoreError {
  override readonly name = 'EtcdUnavailableError'
}

/** etcd answered that it cannot, in its own words: `etcdserver: mvcc: database space exceeded`. */
export class EtcdServerError extends StoreError {
  override readonly name = 'EtcdServerError'
}

/** What etcd's answer means; etcd tells its errors apart by their text only. */
export function fromEtcd(error: unknown, doing: string, compactRevision: Revision = 0): Error {
  if (error instanceof StoreError) return error
  const text = error instanceof Error ? error.message : String(error)
  if (text.includes('required revision has been compacted')) return new CompactedError(compactRevision)
  if (text.includes('required revision is a future revision')) return new FutureRevisionError()
  if (text.includes('requested lease not found')) return new LeaseNotFoundError()
  if (text.includes('request is too large') || text.includes('received message larger than max'))
    return new RequestTooLargeError()
  const own = /(?:etcdserver|auth): .*/s.exec(text)?.[0]
  if (own !== undefined) return new EtcdServerError(own, { cause: error })
  if (/DEADLINE_EXCEEDED|CANCELLED/.test(text)) return new StoreTimeoutError({ cause: error })
  const advice = adviceFor(text)
  return new EtcdUnavailableError(`${doing}: ${text}${advice === undefined ? '' : `: ${advice}`}`, { cause: error })
}

/** The call surely changed nothing, so it may be made again whatever it does. */
export function neverSent(error: unknown): boolean {
  return (
    error instanceof Error &&
    /No connection established|Name resolution failed|Stream refused by server|etcdserver: too many requests|raft proposal dropped/.test(
      error.message,
    )
  )
}

/** The server is gone, changing or silent: a read may be made again. */
export function isPassing(error: unknown): boolean {
  const text = error instanceof Error ? error.message : ''
  return /UNAVAILABLE|CANCELLED|DEADLINE_EXCEEDED|does not answer|etcdserver: (leader changed|no leader|request timed out|server stopped|not leader)/.test(
    text,
  )
}

export function isTokenError(error: unknown): boolean {
  return error instanceof Error && error.message.includes('invalid auth token')
}
