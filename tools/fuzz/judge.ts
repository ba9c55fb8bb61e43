import type { FuzzRequest } from './request.ts'

export interface FuzzAnswer {
  status: number
  headers: NodeJS.Dict<string | string[]>
  text: string
  milliseconds: number
}

/** Longest that an answer may take, ms, with a busy machine in mind: a version from the future is waited for three seconds. */
export const patience = 15_000

/** Answers of 500 that upstream gives to the same: it does not tell the client's mistake from its own there. */
const upstreamsOwn500 = [
  /strconv\.Parse(Uint|Int)/,
  /invalid object type/,
  /unable to (decode|parse|find)/i,
  /failed to create typed patch object/,
  /failed to convert new object/,
  /unknown patch type/,
  /etcdserver: request is too large/,
  // a binding's validation is no Status upstream
  /target\.(name: Required value|kind: Unsupported value)/,
  // of the merge's errors it knows some by name
  /expected a \w+, but received a \w+/,
  /(cannot merge lists without|does not contain declared) merge key/,
  // addresses may be used up, or their ServiceCIDR deleted
  /failed to allocate a serviceIP for Service .*: range is full/,
  // a node where no kubelet can be asked: no Status upstream, so without a reason
  /"message":"no preferred addresses found; known addresses: \[.*\]","code":500}\n?$/,
]

/** What is wrong with an answer, in one sentence. Undefined: nothing. */
export function complaint(request: FuzzRequest, answer: FuzzAnswer): string | undefined {
  const { status, headers, text, milliseconds } = answer
  if (status === 0) return `the connection broke: ${text}`
  if (milliseconds > patience) return `it took ${Math.round(milliseconds)} ms`
  if (status >= 500 && status !== 503 && status !== 504 && !upstreamsOwn500.some(known => known.test(text)))
    return `status ${status}: ${text.slice(0, 500)}`
  if (request.method === 'HEAD' || request.method === 'OPTIONS') return undefined
  const type = String(headers['content-type'] ?? '')
  if (!type.startsWith('application/json')) return undefined
  if (/[?&]watch=/.test(request.path) && status === 200) return undefined
  let body: { kind?: unknown; status?: unknown; code?: unknown; message?: unknown; apiVersion?: unknown }
  try {
    body = JSON.parse(text)
  } catch {
    return `status ${status} with a body that is no JSON: ${text.slice(0, 200)}`
  }
  if (status < 400) return undefined
  if (body?.kind !== 'Status' || body.apiVersion !== 'v1')
    return `status ${status} without a Status: ${text.slice(0, 200)}`
  if (body.status !== 'Failure' || body.code !== status || typeof body.message !== 'string')
    return `a Status that contradicts status ${status}: ${text.slice(0, 200)}`
  return undefined
}
