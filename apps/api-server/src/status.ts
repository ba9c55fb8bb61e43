import type { Status, StatusCause } from '@kubets/api-types'

/** An error that is answered as a Status. */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly status: Status
  constructor(status: Status) {
    super(status.message ?? status.reason ?? 'unknown')
    this.status = status
  }
  get code(): number {
    return this.status.code ?? 500
  }
}

interface Resource {
  group: string
  resource: string
}

const qualified = ({ group, resource }: Resource) => (group === '' ? resource : `${resource}.${group}`)

function failure(code: number, reason: string, message: string, details?: Status['details']): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  })
}

const about = (of: Resource, name: string) => ({
  ...(name === '' ? {} : { name }),
  ...(of.group === '' ? {} : { group: of.group }),
  ...(of.resource === '' ? {} : { kind: of.resource }),
})

export const unauthorized = () => failure(401, 'Unauthorized', 'Unauthorized')
export const badRequest = (message: string) => failure(400, 'BadRequest', message)
export const notFoundPath = () => failure(404, 'NotFound', 'the server could not find the requested resource', {})
export const notFound = (of: Resource, name: string) =>
  failure(404, 'NotFound', `${qualified(of)} ${JSON.stringify(name)} not found`, about(of, name))
export const alreadyExists = (of: Resource, name: string) =>
  failure(409, 'AlreadyExists', `${qualified(of)} ${JSON.stringify(name)} already exists`, about(of, name))
export const generateNameConflict = (of: Resource, name: string) =>
  failure(
    409,
    'AlreadyExists',
    `${qualified(of)} ${JSON.stringify(name)} already exists, the server was not able to generate a unique name for the object`,
    { ...about(of, name), retryAfterSeconds: 1 },
  )
export const conflict = (of: Resource, name: string, why: string) =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(of)} ${JSON.stringify(name)}: ${why}`, about(of, name))
export const forbidden = (of: Resource & { name: string }, why: string) =>
  failure(
    403,
    'Forbidden',
    of.resource === ''
      ? `forbidden: ${why}`
      : of.name === ''
        ? `${qualified(of)} is forbidden: ${why}`
        : `${qualified(of)} ${JSON.stringify(of.name)} is forbidden: ${why}`,
    about(of, of.name),
  )

export function invalid(of: { group: string; kind: string }, name: string, causes: readonly StatusCause[]): StatusError {
  const texts = causes.map(c => `${c.field}: ${c.message}`)
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const kind = of.group === '' ? of.kind : `${of.kind}.${of.group}`
  return failure(422, 'Invalid', `${kind} ${JSON.stringify(name)} is invalid: ${all}`, {
    ...(name === '' ? {} : { name }),
    ...(of.group === '' ? {} : { group: of.group }),
    kind: of.kind,
    causes: [...causes],
  })
}

export const methodNotAllowed = () =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
export const methodNotSupported = (of: Resource, verb: string) =>
  failure(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind ${JSON.stringify(qualified(of))}`, about(of, ''))
export const notAcceptable = (accepted: readonly string[]) =>
  failure(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`)
export const unsupportedMediaType = (accepted: readonly string[]) =>
  failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )
export const requestEntityTooLarge = (limit: number) =>
  failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`)
export const tooManyRequests = (message: string, retryAfterSeconds: number) =>
  failure(429, 'TooManyRequests', message, retryAfterSeconds > 0 ? { retryAfterSeconds } : {})
export const expired = (message: string) => failure(410, 'Expired', message)
export const tooLargeResourceVersion = (requested: number, current: number) =>
  failure(504, 'Timeout', `Timeout: Too large resource version: ${requested}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
export const serviceUnavailable = (message: string) => failure(503, 'ServiceUnavailable', message)
export const internalError = (message: string) =>
  failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })
