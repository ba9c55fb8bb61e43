import type { ApiError } from '@kubets/apimachinery'
import type { PlainAnswer } from '@kubets/streaming'

/** A Status where what was passed on is answered past our own handlers. */
export function statusAnswer({ code, status }: ApiError): PlainAnswer {
  return { status: code, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(status) }
}
