import { type ApiError, badRequest } from '@kubets/apimachinery'

/** 400 for a body that names no kind: upstream shows its first bytes. */
export function unrecognized(kind: { kind: string }, why: string, body: Buffer): ApiError {
  const shown = body.length > 0 ? ` (${hexDump(body)})` : ''
  return badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${why}${shown}`)
}

function hexDump(body: Buffer): string {
  const limit = 32
  return body.length > limit ? `${body.subarray(0, limit).toString('hex')} ...` : body.toString('hex')
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
