import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { ClientGoneError } from '../../front/exchange.ts'
import type { RequestContext } from '../../handlers/request-context.ts'
import { largeObject } from '../../handlers/request-turns.ts'
import type { Rest } from '../rest.ts'
import type { FieldValidation } from '../write-options.ts'
import { checkFields } from './check-fields.ts'
import { bodyFormat, decodeBody } from './decode-body.ts'

/** Bytes of a request body (upstream's 3 MiB). Larger ones are refused with 413. */
export const maxBodyBytes = 3 * 1024 * 1024

/** What a body should be: an entry, or a kind that is only posted. */
export type BodyKind = Pick<ResourceEntry, 'group' | 'version' | 'kind' | 'schema' | 'resource'> & {
  /** Group versions of the same form that old clients still send. */
  readonly alsoAccepts?: readonly string[]
}

/** All of a body. What is done with it waits for its turn. */
export async function readBytes({ requests }: Pick<Rest, 'requests'>, context: RequestContext): Promise<Buffer> {
  const { exchange } = context
  const bytes = await exchange.readBody(maxBodyBytes)
  context.bodyBytes = bytes.length
  await requests.meet()
  if (exchange.closed) throw new ClientGoneError()
  return bytes
}

/** Reads and decodes a body: one object of the right kind, its fields checked. */
export async function readBody(
  rest: Rest,
  context: RequestContext,
  kind: BodyKind,
  validation: FieldValidation,
): Promise<KubeObject> {
  // of what nobody can read nothing is asked for
  const format = bodyFormat(context.exchange.headers['content-type'])
  const bytes = await readBytes(rest, context)
  const body = await decodeBody(format, bytes, kind, rest.schemas)
  if (bytes.length >= largeObject) await rest.requests.enter()
  const object = checkFields(rest, context, kind, body, validation)
  context.audit?.request(object)
  return object
}

/** The same for the body of a create or update, defaulted, and converted to the form that is stored. */
export function readObject(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  validation: FieldValidation,
): Promise<KubeObject> {
  return readBody(rest, context, entry, validation).then(body => rest.codec.toHub(entry, body))
}
