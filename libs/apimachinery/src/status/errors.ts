import { ApiError, type ErrorStatus } from './api-error.ts'

/** A resource as errors name it: `pods`, or with its group `{ group: 'apps', resource: 'deployments' }` → `deployments.apps`. */
export type ResourceName = string | { readonly group: string; readonly resource: string }
/** A kind as errors name it: `Pod`, or `{ group: 'apps', kind: 'Deployment' }` → `Deployment.apps`. */
export type KindName = string | { readonly group: string; readonly kind: string }
/** One wrong field: `message` is without the field's name. */
export interface FieldError {
  reason?: string
  message?: string
  field?: string
}

type Details = NonNullable<ErrorStatus['details']>

function failure(code: number, reason: string, message: string, details?: Details): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  })
}

/** 500 without a reason, which is what upstream makes of an error that is no Status. */
export const plainError = (message: string): ApiError => failure(500, '', message)

const dotted = (name: string, group: string) => (group === '' ? name : `${name}.${group}`)

function resourceParts(resource: ResourceName): { group: string; plural: string; text: string } {
  if (typeof resource === 'string') return { group: '', plural: resource, text: resource }
  return { group: resource.group, plural: resource.resource, text: dotted(resource.resource, resource.group) }
}

function detailsOf(name: string, group: string, kind: string, more?: Details): Details {
  return {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
    ...more,
  }
}

/** 404: the object does not exist. */
export function notFound(resource: ResourceName, name: string): ApiError {
  const { group, plural, text } = resourceParts(resource)
  return failure(404, 'NotFound', `${text} "${name}" not found`, detailsOf(name, group, plural))
}

/** 404 for a path that no resource answers. */
export function noSuchResource(): ApiError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {})
}

/** 409: a create found the name taken. */
export function alreadyExists(resource: ResourceName, name: string): ApiError {
  const { group, plural, text } = resourceParts(resource)
  return failure(409, 'AlreadyExists', `${text} "${name}" already exists`, detailsOf(name, group, plural))
}

/** 409: every generated name that was tried is taken. */
export function generateNameConflict(resource: ResourceName, name: string, retryAfterSeconds = 1): ApiError {
  const { group, plural, text } = resourceParts(resource)
  return failure(
    409,
    'AlreadyExists',
    `${text} "${name}" already exists, the server was not able to generate a unique name for the object`,
    detailsOf(name, group, plural, { retryAfterSeconds }),
  )
}

const modified = 'the object has been modified; please apply your changes to the latest version and try again'

/** 409: an optimistic write lost. `why` replaces upstream's usual sentence. */
export function conflict(resource: ResourceName, name: string, why: string = modified): ApiError {
  const { group, plural, text } = resourceParts(resource)
  return failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${text} "${name}": ${why}`,
    detailsOf(name, group, plural),
  )
}

/** 409: a delete's precondition does not hold. */
export function preconditionFailed(
  resource: ResourceName,
  name: string,
  what: 'UID' | 'ResourceVersion',
  wanted: string,
  present: string,
): ApiError {
  const label = what === 'UID' ? 'UID' : 'ResourceVersion'
  return conflict(
    resource,
    name,
    `Precondition failed: ${label} in precondition: ${wanted}, ${label} in object meta: ${present}`,
  )
}

/** Characters of causes that an answer carries: twice so much, as its message tells them too. Upstream has no bound: 3 MiB of labels make 100 MB there. */
const mostCauseText = 4 * 1024 * 1024

/** Those of the causes that are told. */
function toldCauses(causes: readonly FieldError[]): readonly FieldError[] {
  let length = 0
  for (let i = 0; i < causes.length; i++) {
    const { field = '', message = '' } = causes[i] as FieldError
    length += field.length + message.length
    // one at least, however long it is
    if (length > mostCauseText) return causes.slice(0, Math.max(i, 1))
  }
  return causes
}

/** Field errors as one text, equal ones once: `a`, or `[a, b]`. */
export function aggregate(causes: readonly FieldError[], untold = 0): string {
  const texts = [...new Set(causes.map(cause => `${cause.field ?? ''}: ${cause.message ?? ''}`))]
  if (untold > 0) texts.push(`and ${untold} more`)
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

/** 422: validation refused the object. */
export function invalid(kind: KindName, name: string, causes: readonly FieldError[]): ApiError {
  const group = typeof kind === 'string' ? '' : kind.group
  const plain = typeof kind === 'string' ? kind : kind.kind
  const told = toldCauses(causes)
  const text = causes.length === 0 ? '' : `: ${aggregate(told, causes.length - told.length)}`
  return failure(
    422,
    'Invalid',
    `${dotted(plain, group)} "${name}" is invalid${text}`,
    detailsOf(name, group, plain, causes.length === 0 ? undefined : { causes: told.map(cause => ({ ...cause })) }),
  )
}

/** 400: the request cannot be understood. */
export const badRequest = (message: string): ApiError => failure(400, 'BadRequest', message)

/** 401: nobody we know. */
export const unauthorized = (message = 'Unauthorized'): ApiError => failure(401, 'Unauthorized', message)

/** 403 with a reason in words (admission, namespaces that end). An empty name leaves the name out. */
export function forbidden(resource: ResourceName, name: string, why: string): ApiError {
  const { group, plural, text } = resourceParts(resource)
  const what = text === '' ? 'forbidden' : name === '' ? `${text} is forbidden` : `${text} "${name}" is forbidden`
  return failure(403, 'Forbidden', `${what}: ${why}`, detailsOf(name, group, plural))
}

export interface AccessAttributes {
  readonly user: string
  readonly verb: string
  /** Set for requests that name no resource. */
  readonly path?: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  /** What the authorizer said. */
  readonly reason?: string
}

/** 403: the authorizer said no. */
export function accessDenied(attributes: AccessAttributes): ApiError {
  const { user, verb, reason = '' } = attributes
  const tail = reason === '' ? '' : `: ${reason}`
  if (attributes.path !== undefined) {
    return forbidden(
      '',
      '',
      `User ${JSON.stringify(user)} cannot ${verb} path ${JSON.stringify(attributes.path)}${tail}`,
    )
  }
  const { group = '', resource = '', subresource = '', namespace = '', name = '' } = attributes
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`
  const text = `User ${JSON.stringify(user)} cannot ${verb} resource "${full}" in API group "${group}" ${where}${tail}`
  return forbidden({ group, resource }, name, text)
}

/** 405: the resource does not have this verb. */
export function methodNotSupported(resource: ResourceName, action: string): ApiError {
  const { group, plural, text } = resourceParts(resource)
  const message = `${action} is not supported on resources of kind "${text}"`
  return failure(405, 'MethodNotAllowed', message, detailsOf('', group, plural))
}

/** 410: the revision or continue token is too old. */
export const expired = (message: string): ApiError => failure(410, 'Expired', message)
/** 410 with reason Gone. */
export const gone = (message: string): ApiError => failure(410, 'Gone', message)

/** 504: the server gave up waiting. */
export function timeout(message: string, retryAfterSeconds = 0): ApiError {
  return failure(504, 'Timeout', `Timeout: ${message}`, retryAfterSeconds > 0 ? { retryAfterSeconds } : {})
}

/** 504: the revision asked for has not happened yet. */
export function tooLargeResourceVersion(
  wanted: bigint | number | string,
  current: bigint | number | string,
  retryAfterSeconds = 1,
): ApiError {
  return failure(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  })
}

/** 500 that may heal: the operation could not be completed now. */
export function serverTimeout(resource: ResourceName, operation: string, retryAfterSeconds = 0): ApiError {
  const { group, plural, text } = resourceParts(resource)
  return failure(
    500,
    'ServerTimeout',
    `The ${operation} operation against ${text} could not be completed at this time, please try again.`,
    detailsOf('', group, plural, retryAfterSeconds > 0 ? { retryAfterSeconds } : undefined),
  )
}

/** 429. */
export function tooManyRequests(
  message = 'too many requests, please try again later',
  retryAfterSeconds = 1,
  causes?: FieldError[],
): ApiError {
  return failure(429, 'TooManyRequests', message, {
    ...(causes === undefined ? {} : { causes }),
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  })
}

/** 415: `accepted` are the media types that would do. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const types = accepted.join(', ')
  const message = `the body of the request was in an unknown format - accepted media types include: ${types}`
  return failure(415, 'UnsupportedMediaType', message)
}

/** 406: `accepted` are the media types that we can write. */
export function notAcceptable(accepted: readonly string[]): ApiError {
  return failure(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`)
}

/** 413. `why` as upstream says it: `limit is 3145728`. */
export function requestEntityTooLarge(why: string): ApiError {
  return failure(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`)
}

/** 500: our fault. */
export function internalError(cause: unknown): ApiError {
  const text = cause instanceof Error ? cause.message : String(cause)
  return failure(500, 'InternalError', `Internal error occurred: ${text}`, { causes: [{ message: text }] })
}

/** 503: not ready to serve. */
export const serviceUnavailable = (message: string): ApiError => failure(503, 'ServiceUnavailable', message)

/** The Status of something that went well (`delete` of what is gone at once). */
export function success(details?: Details): ErrorStatus {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details === undefined ? {} : { details }),
  }
}
