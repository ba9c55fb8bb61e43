import { protobufContentType } from '@kubets/api-types'
import type { ApiError } from '@kubets/apimachinery'
import { valueProtobuf } from '../resources/protobuf-form.ts'
import { resourceRepresentation } from '../resources/representation.ts'
import { yamlText } from '../resources/yaml-text.ts'
import type { RequestContext } from './request-context.ts'

export const jsonType = 'application/json'

/** Headers that every answer of the API carries. */
export function setApiHeaders(context: RequestContext): void {
  context.exchange.setHeader('cache-control', 'no-cache, private')
  if (context.warnings !== undefined) context.exchange.setHeader('warning', context.warnings.map(formatWarning))
}

/** RFC 7234's `Warning`: code 299, no agent, the text quoted. */
function formatWarning(text: string): string {
  // header values are one line of visible characters
  const plain = text
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/["\\]/g, '\\$&')
    .replace(/[^\x20-\x7e]/g, '?')
  return `299 - "${plain}"`
}

export function warn(context: Pick<RequestContext, 'warnings'>, text: string): void {
  context.warnings ??= []
  // upstream truncates at 4 KB in all; more would overflow clients' header limits
  if (context.warnings.length < 32 && !context.warnings.includes(text)) context.warnings.push(text)
}

/** Answers with a whole document, JSON unless `type` says otherwise. */
export function respondJson(
  context: RequestContext,
  status: number,
  body: Uint8Array | string,
  type = jsonType,
  cacheControl?: string,
): undefined {
  setApiHeaders(context)
  if (cacheControl !== undefined) context.exchange.setHeader('cache-control', cacheControl)
  context.exchange.respond(status, type, body)
  return undefined
}

export function respondStatus(context: RequestContext, error: ApiError): void {
  context.audit?.status({ metadata: {}, ...error.status })
  const { retryAfterSeconds } = error.status.details ?? {}
  if (retryAfterSeconds !== undefined) context.exchange.setHeader('retry-after', String(retryAfterSeconds))
  if (error.code === 401) context.exchange.setHeader('www-authenticate', 'Bearer realm="kubernetes-master"')
  const encoding = encodingOfErrors(context)
  if (encoding === 'protobuf') respondJson(context, error.code, valueProtobuf(error.status), protobufContentType)
  else if (encoding === 'yaml') void respondYamlStatus(context, error)
  else respondJson(context, error.code, `${JSON.stringify(error.status)}\n`)
}

async function respondYamlStatus(context: RequestContext, error: ApiError): Promise<void> {
  const text = await yamlText(error.status)
  if (!context.exchange.closed) respondJson(context, error.code, text, 'application/yaml')
}

function encodingOfErrors({ exchange }: RequestContext): 'json' | 'yaml' | 'protobuf' {
  try {
    const form = resourceRepresentation(exchange.headers.accept)
    // an error has no Table and no metadata of its own: who asked for these only gets JSON
    return form.as === 'Object' ? form.encoding : 'json'
  } catch {
    // nothing that they accept is ours: the error says so in JSON
    return 'json'
  }
}
