import type { KubeObject, SchemaReport } from '@kubets/api-types'
import { type ApiError, decodeTogether } from '@kubets/apimachinery'
import type { RequestContext } from '../../handlers/request-context.ts'
import { warn } from '../../handlers/respond.ts'
import type { Rest } from '../rest.ts'
import type { FieldValidation } from '../write-options.ts'
import { checkKind, versionOf, wrongTypeMeta } from './check-kind.ts'
import type { DecodedBody } from './decode-body.ts'
import { cannotBeHandled, notAnObject, unrecognized } from './decode-errors.ts'
import type { BodyKind } from './read-body.ts'
import { inOrderOfKeys, strictProblems } from './strict-problems.ts'

/** Of a value that the check would find nothing in. */
const nothing: SchemaReport = { members: 0, unknown: [], error: undefined, nulls: false }

/**
 * Kind, types and unknown fields of a decoded body. What is unknown is dropped, and told as `fieldValidation` asks.
 * `refusal` makes the errors of what is no body of its own (the result of a patch).
 */
export function checkFields(
  rest: Rest,
  context: RequestContext,
  kind: BodyKind,
  body: DecodedBody,
  validation: FieldValidation,
  refusal?: (why: string) => ApiError,
): KubeObject {
  let object = objectOf(body.value, kind, body, refusal)
  const schema = rest.schemas.get(kind.schema)
  let report = body.sound === true ? nothing : schema.check(object)
  // something stands twice: seldom, so only then the text is read as exactly as upstream reads it
  const twice = body.members !== undefined && report.members < body.members
  if (twice) {
    object = objectOf(decodeTogether(body.bytes), kind, body, refusal)
    report = schema.check(object)
  }
  const about = { kind: object.kind || kind.kind, version: versionOf(object.apiVersion) || kind.version }
  const refuse = refusal ?? ((reason: string) => cannotBeHandled(about, kind, reason))
  checkKind(rest.catalogue, kind, object, refuse)
  if (report.error !== undefined) throw refuse(report.error)
  if (report.unknown.length > 0 || report.nulls) schema.stripUnknown(object)
  if (validation === 'Ignore') return object
  const unknown = body.format === 'YAML' ? inOrderOfKeys(report.unknown) : report.unknown
  const problems = strictProblems(unknown, twice ? body.bytes : undefined)
  const repeated = body.repeated ?? []
  if (problems.length + repeated.length === 0) return object
  if (validation === 'Strict') {
    const yaml = repeated.length === 0 ? [] : [`yaml: unmarshal errors:${repeated.map(line => `\n  ${line}`).join('')}`]
    throw refuse(`strict decoding error: ${[...yaml, ...problems].join(', ')}`)
  }
  for (const problem of [...repeated, ...problems]) warn(context, problem)
  return object
}

function objectOf(
  read: unknown,
  kind: BodyKind,
  body: DecodedBody,
  refusal: ((why: string) => ApiError) | undefined,
): KubeObject {
  // null is an object with nothing in it
  const value = read ?? {}
  if (typeof value !== 'object' || Array.isArray(value)) throw unrecognized(kind, notAnObject(value), body.bytes)
  const why = wrongTypeMeta(value as KubeObject)
  if (why !== undefined) throw refusal?.(why) ?? unrecognized(kind, why, body.bytes)
  return value as KubeObject
}
