import { type ApiError, badRequest } from '@kubets/apimachinery'

/** 400 for a body that names no kind: upstream shows its first bytes. */
export function unrecognized(kind: { kind: string }, why: string, body: Buffer): ApiError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${why} (${summary(body)})`)
}

/** As text when it looks like JSON, else as hexadecimal digits. */
function summary(body: Buffer): string {
  if (body.length === 0) return '<empty>'
  const limit = 30
  const form = body[0] === 0x7b ? 'utf8' : 'hex'
  return body.length > limit ? `${body.subarray(0, limit).toString(form)} ...` : body.toString(form)
}

/** 400 for a body of another kind, or with fields that do not fit. */
export function cannotBeHandled(
  sent: { kind: string; version: string },
  wanted: { kind: string },
  why: string,
): ApiError {
  return badRequest(
    `${sent.kind} in version ${JSON.stringify(sent.version)} cannot be handled as a ${wanted.kind}: ${why}`,
  )
}

/** What Go says of a body that is no object. */
export const notAnObject = (value: unknown): string =>
  `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return value === null ? 'null' : typeof value
}
