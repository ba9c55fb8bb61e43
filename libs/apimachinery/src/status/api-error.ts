/** The wire form of an error answer: `meta/v1` Status. */
export interface ErrorStatus {
  kind?: string
  apiVersion?: string
  metadata?: object
  status?: string
  message?: string
  reason?: string
  details?: {
    name?: string
    group?: string
    kind?: string
    uid?: string
    causes?: { reason?: string; message?: string; field?: string }[]
    retryAfterSeconds?: number
  }
  code?: number
}

/** An error that is a Kubernetes Status: what the api-server answers with, and what clients throw. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: ErrorStatus

  constructor(status: ErrorStatus, options?: ErrorOptions) {
    super(status.message ?? `the server answered with code ${status.code}`, options)
    this.status = status
  }

  /** The HTTP status code. */
  get code(): number {
    return this.status.code ?? 500
  }

  /** `NotFound`, `AlreadyExists`, `Conflict`, … */
  get reason(): string {
    return this.status.reason ?? ''
  }
}

const hasReason = (reason: string) => (error: unknown) => error instanceof ApiError && error.reason === reason

export const isNotFound = hasReason('NotFound')
export const isAlreadyExists = hasReason('AlreadyExists')
export const isConflict = hasReason('Conflict')
export const isInvalid = hasReason('Invalid')
export const isForbidden = hasReason('Forbidden')
/** The revision asked for is gone: list again. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 410 || error.reason === 'Expired')
}
