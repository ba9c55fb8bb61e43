import type { KubeObject } from '@kubets/api-types'
import { badRequest } from '@kubets/apimachinery'
import type { RequestContext } from '../../handlers/request-context.ts'
import type { Rest } from '../rest.ts'
import type { FieldValidation } from '../write-options.ts'
import { cannotBeHandled, unrecognized } from './decode-errors.ts'
import type { BodyKind } from './read-body.ts'

/** Kind, types and unknown fields of a decoded body. What is unknown is dropped, and told as `fieldValidation` asks. */
export function checkFields(
  rest: Rest,
  _context: RequestContext,
  kind: BodyKind,
  value: unknown,
  _validation: FieldValidation,
): KubeObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unrecognized(
      kind,
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${goType(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
      Buffer.from(JSON.stringify(value)),
    )
  const object = value as KubeObject
  checkKind(rest, kind, object)
  return object
}

/** A body may leave kind and apiVersion out; what it says must fit. */
function checkKind(rest: Rest, wanted: BodyKind, object: KubeObject): void {
  const wantedVersion = wanted.group === '' ? wanted.version : `${wanted.group}/${wanted.version}`
  const sentKind = object.kind ?? ''
  const sentVersion = object.apiVersion ?? ''
  if (sentKind !== '' && sentVersion !== '' && (sentKind !== wanted.kind || sentVersion !== wantedVersion)) {
    const [first, second] = sentVersion.split('/')
    const group = second === undefined ? '' : (first ?? '')
    const version = second ?? first ?? ''
    const known = rest.catalogue.byKind(group, version, sentKind)
    if (sentKind !== wanted.kind || group !== wanted.group)
      throw cannotBeHandled(
        { kind: sentKind, version: sentVersion },
        wanted,
        known === undefined
          ? `no kind ${JSON.stringify(sentKind)} is registered for version ${JSON.stringify(sentVersion)} in scheme "kubets"`
          : `converting (${version}.${sentKind}) to (${wanted.version}.${wanted.kind}): unknown conversion`,
      )
    throw badRequest(
      `the API version in the data (${sentVersion}) does not match the expected API version (${wantedVersion})`,
    )
  }
  if (sentKind !== '' && sentKind !== wanted.kind)
    throw cannotBeHandled(
      { kind: sentKind, version: wantedVersion },
      wanted,
      `no kind ${JSON.stringify(sentKind)} is registered for version ${JSON.stringify(wantedVersion)} in scheme "kubets"`,
    )
  if (sentVersion !== '' && sentVersion !== wantedVersion)
    throw badRequest(
      `the API version in the data (${sentVersion}) does not match the expected API version (${wantedVersion})`,
    )
  object.kind = wanted.kind
  object.apiVersion = wantedVersion
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return value === null ? 'null' : typeof value
}
