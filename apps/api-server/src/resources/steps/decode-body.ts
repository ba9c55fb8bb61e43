import { openProtobuf, ProtobufError, protobufContentType, type Schemas } from '@kubets/api-types'
import { type ApiError, type DecodedJson, decodeJson, unsupportedMediaType } from '@kubets/apimachinery'
import { unrecognized } from './decode-errors.ts'
import { readYaml } from './read-yaml.ts'

/** A body's value, and what its text alone can tell. */
export interface DecodedBody {
  readonly value: unknown
  /** What was sent, for errors that show its beginning. */
  readonly bytes: Buffer
  readonly format: 'JSON' | 'YAML' | 'protobuf'
  /** JSON: members of all objects in the text, repeated ones counted. */
  readonly members?: number
  /** protobuf: the schema's check would find nothing. */
  readonly sound?: boolean
  /** YAML: what only a strict reader refuses, a line each. */
  readonly repeated?: readonly string[]
}

/** Makes the error of a body that cannot be read. */
type Refuse = (kind: { kind: string }, why: string, body: Buffer) => ApiError

const accepted = ['application/json', 'application/yaml', protobufContentType]

export type BodyFormat = DecodedBody['format']

/** By the content type (none: JSON). Throws 415 for others. */
export function bodyFormat(contentType: string | undefined): BodyFormat {
  if (contentType === 'application/json') return 'JSON'
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === '' || type === 'application/json') return 'JSON'
  if (type === 'application/yaml') return 'YAML'
  if (type === protobufContentType) return 'protobuf'
  throw unsupportedMediaType(accepted)
}

/** Throws 400 for what is none. Only YAML takes a while. */
export function decodeBody(
  format: BodyFormat,
  bytes: Buffer,
  kind: { kind: string; schema: string },
  schemas: Schemas,
  refuse: Refuse = unrecognized,
): DecodedBody | Promise<DecodedBody> {
  if (format === 'JSON') return decodeJsonBody(bytes, kind, refuse)
  if (format === 'YAML') return decodeYamlBody(bytes, kind, refuse)
  return decodeProtobufBody(schemas, bytes, kind, refuse)
}

async function decodeYamlBody(bytes: Buffer, kind: { kind: string }, refuse: Refuse): Promise<DecodedBody> {
  try {
    const { value, repeated } = await readYaml(bytes)
    // an anchor may contain itself: such a value has no JSON
    JSON.stringify(value)
    return { value, bytes, format: 'YAML', repeated }
  } catch (error) {
    throw refuse(kind, `yaml: ${(error as Error).message}`, bytes)
  }
}

/** What Go's typed clients send. Members that we do not know are numbers without a name there: they are passed over. */
function decodeProtobufBody(
  schemas: Schemas,
  bytes: Buffer,
  kind: { kind: string; schema: string },
  refuse: Refuse,
): DecodedBody {
  try {
    const { apiVersion, kind: sent, raw } = openProtobuf(bytes)
    const value = { kind: sent, apiVersion }
    // another kind's message is not looked at: its kind is what is wrong with it
    const sound = sent === '' || sent === kind.kind ? schemas.get(kind.schema).readProtobuf(raw, value).sound : false
    return { value, bytes, format: 'protobuf', sound }
  } catch (error) {
    if (error instanceof ProtobufError) throw refuse(kind, error.message, bytes)
    throw error
  }
}

function decodeJsonBody(bytes: Buffer, kind: { kind: string }, refuse: Refuse): DecodedBody {
  let decoded: DecodedJson
  try {
    decoded = decodeJson(bytes)
  } catch (error) {
    throw refuse(kind, `couldn't get version/kind; json parse error: ${(error as Error).message}`, bytes)
  }
  return { value: decoded.value, bytes, format: 'JSON', members: decoded.members }
}
