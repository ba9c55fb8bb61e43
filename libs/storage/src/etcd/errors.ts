import {
  CompactedError,
  FutureRevisionError,
  LeaseNotFoundError,
  RequestTooLargeError,
  type Revision,
} from '../key-value-store.ts'

/** etcd could not be asked, or did not answer. Whether a write happened is not known then. */
export class EtcdUnavailableError extends Error {
  override readonly name = 'EtcdUnavailableError'
}

/** What etcd's answer means; etcd tells its errors apart by their text only. */
export function fromEtcd(error: unknown, doing: string, compactRevision: Revision = 0): Error {
  const text = error instanceof Error ? error.message : String(error)
  if (text.includes('required revision has been compacted')) return new CompactedError(compactRevision)
  if (text.includes('required revision is a future revision')) return new FutureRevisionError()
  if (text.includes('requested lease not found')) return new LeaseNotFoundError()
  if (text.includes('request is too large') || text.includes('received message larger than max'))
    return new RequestTooLargeError()
  return new EtcdUnavailableError(`${doing}: ${text}`, { cause: error })
}

/** The call surely never left this process, so it may be made again whatever it does. */
export function neverSent(error: unknown): boolean {
  return error instanceof Error && /No connection established|Name resolution failed/.test(error.message)
}

/** The server is gone or changing: a read may be made again. */
export function isPassing(error: unknown): boolean {
  const text = error instanceof Error ? error.message : ''
  return /UNAVAILABLE|etcdserver: (leader changed|no leader|request timed out)|invalid auth token/.test(text)
}
