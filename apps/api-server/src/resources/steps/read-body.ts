import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { unsupportedMediaType } from '@kubets/apimachinery'
import type { RequestContext } from '../../handlers/request-context.ts'
import type { Rest } from '../rest.ts'
import type { FieldValidation } from '../write-options.ts'
import { checkFields } from './check-fields.ts'
import { unrecognized } from './decode-errors.ts'

/** Bytes of a request body (upstream's 3 MiB). Larger ones are refused with 413. */
export const maxBodyBytes = 3 * 1024 * 1024

const accepted = ['application/json', 'application/yaml']

/** What a body should be: an entry, or a kind that is only posted. */
export type BodyKind = Pick<ResourceEntry, 'group' | 'version' | 'kind' | 'schema' | 'resource'>

/** Reads and decodes the body of a create or update: one object of the right kind, its fields checked. */
export async function readBody(
  rest: Rest,
  context: RequestContext,
  kind: BodyKind,
  validation: FieldValidation,
): Promise<KubeObject> {
  const bytes = await context.exchange.readBody(maxBodyBytes)
  const value = await parseBody(context.exchange.headers['content-type'], bytes, kind)
  return checkFields(rest, context, kind, value, validation)
}

/** JSON or YAML by the content type (none: JSON). Throws 415 for others, 400 for what is not an object. */
export async function parseBody(
  contentType: string | undefined,
  bytes: Buffer,
  kind: { kind: string },
): Promise<unknown> {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === '' || type === 'application/json' || type === '*/*') return parseJson(bytes, kind)
  if (type === 'application/yaml' || type === 'application/x-yaml' || type === 'text/yaml') {
    const { parse } = await import('yaml')
    try {
      return parse(bytes.toString('utf8'), { maxAliasCount: 100, schema: 'yaml-1.1', merge: true })
    } catch (error) {
      throw unrecognized(kind, `couldn't get version/kind; yaml parse error: ${(error as Error).message}`, bytes)
    }
  }
  throw unsupportedMediaType(accepted)
}

function parseJson(bytes: Buffer, kind: { kind: string }): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw unrecognized(
      kind,
      `couldn't get version/kind; json parse error: ${goSyntaxError(bytes, error as Error)}`,
      bytes,
    )
  }
}

/** JavaScript's complaint in Go's words, where there is one. */
function goSyntaxError(bytes: Buffer, error: Error): string {
  if (bytes.length === 0 || /end of JSON input|Unterminated|Expected .* at end/.test(error.message))
    return 'unexpected end of JSON input'
  const position = /position (\d+)/.exec(error.message)?.[1]
  if (position === undefined) return error.message
  const character = bytes.toString('utf8')[Number(position)]
  return character === undefined
    ? 'unexpected end of JSON input'
    : `invalid character ${character === "'" ? `'\\''` : `'${character}'`} looking for beginning of value`
}
