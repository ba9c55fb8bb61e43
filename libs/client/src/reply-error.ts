import type { Status } from '@kubets/api-types'
import { ApiError } from '@kubets/apimachinery'
import type { Reply } from './transport/exchange.ts'

/** The {@link ApiError} that an answer of 400 and above stands for; answers that are no Status get client-go's words. */
export function replyError(reply: Reply, method: string): ApiError {
  return new ApiError(parseStatus(reply) ?? genericStatus(reply, method))
}

/** Seconds, from the header or from the Status, of an answer that asks to come again (429, or 5xx with the header). */
export function retryAfter(reply: Reply): number | undefined {
  if (reply.status !== 429 && reply.status < 500) return undefined
  const header = reply.headers['retry-after']
  if (header === undefined || !/^\d+$/.test(header)) return undefined
  return Number(header)
}

function parseStatus(reply: Reply): Status | undefined {
  if (reply.body[0] !== 0x7b) return undefined
  try {
    const status = JSON.parse(reply.body.toString('utf8')) as Status
    return status.kind === 'Status' ? { ...status, code: status.code ?? reply.status } : undefined
  } catch {
    return undefined
  }
}

const reasons: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

function genericStatus(reply: Reply, method: string): Status {
  const text = reply.body.toString('utf8', 0, 2_048).trim()
  const seconds = retryAfter(reply)
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: reasons[reply.status] ?? (reply.status >= 500 ? 'InternalError' : 'Unknown'),
    message:
      reply.status >= 500
        ? `an error on the server (${JSON.stringify(text === '' ? 'unknown' : text)}) has prevented the request from succeeding`
        : `the server responded with the status code ${reply.status} but did not return more information (${method})${text === '' ? '' : `: ${text}`}`,
    ...(seconds === undefined ? {} : { details: { retryAfterSeconds: seconds } }),
    code: reply.status,
  }
}
