import type { KubeObject } from '@kubets/api-types'
import type { ApiError } from '@kubets/apimachinery'
import type { RequestContext } from '../../handlers/request-context.ts'
import { warn } from '../../handlers/respond.ts'
import type { Rest } from '../rest.ts'
import type { FieldValidation } from '../write-options.ts'
import { checkKind, versionOf, wrongTypeMeta } from './check-kind.ts'
import type { DecodedBody } from './decode-body.ts'
import { cannotBeHandled, notAnObject, unrecognized } from './decode-errors.ts'
import type { BodyKind } from './read-body.ts'

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
  // null is an object with nothing in it
  const value = body.value ?? {}
  if (typeof value !== 'object' || Array.isArray(value)) throw unrecognized(kind, notAnObject(value), body.bytes)
  const object = value as KubeObject
  const why = wrongTypeMeta(object)
  if (why !== undefined) throw refusal?.(why) ?? unrecognized(kind, why, body.bytes)
  const about = { kind: object.kind || kind.kind, version: versionOf(object.apiVersion) || kind.version }
  const refuse = refusal ?? ((reason: string) => cannotBeHandled(about, kind, reason))
  const schema = rest.schemas.get(kind.schema)
  const report = schema.check(object)
  checkKind(rest.catalogue, kind, object, refuse)
  if (report.error !== undefined) throw refuse(report.error)
  if (report.unknown.length > 0 || report.nulls) schema.stripUnknown(object)
  if (validation === 'Ignore') return object
  const problems = report.unknown.map(path => `unknown field ${JSON.stringify(path)}`)
  if (body.members !== undefined && report.members < body.members)
    problems.push(...body.duplicates().map(path => `duplicate field ${JSON.stringify(path)}`))
  if (problems.length === 0) return object
  if (validation === 'Strict') throw refuse(`strict decoding error: ${problems.join(', ')}`)
  for (const problem of problems) warn(context, problem)
  return object
}
