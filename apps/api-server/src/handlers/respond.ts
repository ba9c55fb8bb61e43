import { protobufContentType } from '@kubets/api-types'
import type { ApiError } from '@kubets/apimachinery'
import type { Exchange } from '../front/exchange.ts'
import { indented, isPretty, PrettyWriter } from '../printing/index.ts'
import { ChunkPool } from '../resources/chunked-body.ts'
import { beginLate, isCompressed, lengthOf, respondCompressed } from '../resources/compression.ts'
import { listTurns } from '../resources/list-turns.ts'
import { valueProtobuf } from '../resources/protobuf-form.ts'
import { negotiator, plainJson, type Representation } from '../resources/representation.ts'
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

/** Answers with a whole document, JSON unless `type` says otherwise; a long one is compressed for who asks, and sent when it is. */
export function respondJson(
  context: RequestContext,
  status: number,
  body: Uint8Array | string,
  type = jsonType,
  cacheControl?: string,
): undefined {
  const { exchange } = context
  setApiHeaders(context)
  if (cacheControl !== undefined) exchange.setHeader('cache-control', cacheControl)
  if (!isCompressed(exchange, lengthOf(body))) exchange.respond(status, type, body)
  else respondCompressed(exchange, status, type, body).catch(() => exchange.cut())
  return undefined
}

/** Answers with a JSON document, which is given in one line with an end: as it is, or laid out for people who ask. */
export function respondLine(
  context: RequestContext,
  status: number,
  form: Representation,
  line: Uint8Array | string,
  cacheControl?: string,
): undefined | Promise<void> {
  if (!isPretty(context, form)) return respondJson(context, status, line, form.contentType, cacheControl)
  return respondPretty(context, status, form, typeof line === 'string' ? Buffer.from(line) : line, cacheControl)
}

const chunks = new ChunkPool()

/** What is too long for one piece takes its turns beside lists. */
function respondPretty(
  context: RequestContext,
  status: number,
  { contentType }: Representation,
  line: Uint8Array,
  cacheControl?: string,
): undefined | Promise<void> {
  const short = indented(line)
  if (short !== undefined) return respondJson(context, status, short, contentType, cacheControl)
  setApiHeaders(context)
  if (cacheControl !== undefined) context.exchange.setHeader('cache-control', cacheControl)
  return printLong(context.exchange, status, contentType, line)
}

async function printLong(exchange: Exchange, status: number, contentType: string, line: Uint8Array): Promise<void> {
  const target = await beginLate(exchange, () => exchange.begin(status, contentType))
  const writer = new PrettyWriter(target, chunks, listTurns, () => exchange.cut())
  writer.write(line)
  writer.end()
  return writer.drained()
}

export function respondStatus(context: RequestContext, error: ApiError): void {
  context.audit?.status({ metadata: {}, ...error.status })
  const { retryAfterSeconds } = error.status.details ?? {}
  if (retryAfterSeconds !== undefined) context.exchange.setHeader('retry-after', String(retryAfterSeconds))
  if (error.code === 401) context.exchange.setHeader('www-authenticate', 'Bearer realm="kubernetes-master"')
  const form = formOfErrors(context)
  if (form?.encoding === 'protobuf') respondJson(context, error.code, valueProtobuf(error.status), protobufContentType)
  else if (form?.encoding === 'yaml') void respondYamlStatus(context, error)
  else void respondLine(context, error.code, form ?? unasked, `${JSON.stringify(error.status)}\n`)
}

/** A Status as JSON, where it is answered past {@link respondStatus}. */
export function statusJson(context: Pick<RequestContext, 'exchange'>, { status }: ApiError): string {
  const line = `${JSON.stringify(status)}\n`
  if (!isPretty(context, formOfErrors(context) ?? unasked)) return line
  return indented(Buffer.from(line))?.toString() ?? line
}

/** Whoever accepts no form that an error has: upstream writes it by hand then, for people. */
const unasked: Representation = { ...plainJson, pretty: true }

async function respondYamlStatus(context: RequestContext, error: ApiError): Promise<void> {
  const text = await yamlText(error.status)
  if (!context.exchange.closed) respondJson(context, error.code, text, 'application/yaml')
}

/** An error has no Table and no metadata of its own. */
const errorRepresentation = negotiator({}, 'spoken')

function formOfErrors({ exchange }: Pick<RequestContext, 'exchange'>): Representation | undefined {
  try {
    return errorRepresentation(exchange.headers.accept)
  } catch {
    return undefined
  }
}
