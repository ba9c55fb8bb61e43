import type { KubeObject } from '@kubets/api-types'
import type { RequestContext } from '../../handlers/request-context.ts'
import { warn } from '../../handlers/respond.ts'
import type { Rest } from '../rest.ts'
import type { FieldValidation } from '../write-options.ts'
import { checkKind } from './check-kind.ts'
import type { DecodedBody } from './decode-body.ts'
import { cannotBeHandled, notAnObject, unrecognized } from './decode-errors.ts'
import type { BodyKind } from './read-body.ts'

/** Kind, types and unknown fields of a decoded body. What is unknown is dropped, and told as `fieldValidation` asks. */
export function checkFields(
  rest: Rest,
  context: RequestContext,
  kind: BodyKind,
  body: DecodedBody,
  validation: FieldValidation,
): KubeObject {
  const { value } = body
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unrecognized(kind, notAnObject(value), Buffer.alloc(0))
  const object = value as KubeObject
  const about = { kind: String(object.kind ?? kind.kind), version: String(object.apiVersion ?? kind.version) }
  const schema = rest.schemas.get(kind.schema)
  const report = schema.check(object)
  if (report.error !== undefined) throw cannotBeHandled(about, kind, report.error)
  checkKind(rest.catalogue, kind, object)
  if (report.unknown.length > 0 || report.nulls) schema.stripUnknown(object)
  if (validation === 'Ignore') return object
  const problems = report.unknown.map(path => `unknown field ${JSON.stringify(path)}`)
  if (body.members !== undefined && report.members < body.members)
    problems.push(...body.duplicates().map(path => `duplicate field ${JSON.stringify(path)}`))
  if (problems.length === 0) return object
  if (validation === 'Strict') throw cannotBeHandled(about, kind, `strict decoding error: ${problems.join(', ')}`)
  for (const problem of problems) warn(context, problem)
  return object
}
