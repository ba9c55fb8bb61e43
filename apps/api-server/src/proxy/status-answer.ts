import type { ApiError } from '@kubets/apimachinery'
import type { PlainAnswer } from '@kubets/streaming'
import type { RequestContext } from '../handlers/request-context.ts'
import { statusJson } from '../handlers/respond.ts'

/** A Status where what was passed on is answered past our own handlers. */
export function statusAnswer(context: Pick<RequestContext, 'exchange'>, error: ApiError): PlainAnswer {
  return { status: error.code, headers: { 'Content-Type': 'application/json' }, body: statusJson(context, error) }
}
