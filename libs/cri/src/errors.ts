/** gRPC's status codes, those that CRI uses and those that a transport produces. */
export const rpcCode = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const

export type RpcCode = (typeof rpcCode)[keyof typeof rpcCode]

/** An error with a gRPC code: what a service throws, and what a client gets from it. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: RpcCode
  constructor(code: RpcCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const known = new Set<number>(Object.values(rpcCode))

/** The gRPC code that an error carries; `undefined` for errors that are none of gRPC's. */
export function codeOf(error: unknown): RpcCode | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'number' && known.has(error.code) ? (error.code as RpcCode) : undefined
}

const is = (code: RpcCode) => (error: unknown) => codeOf(error) === code

export const isNotFound = is(rpcCode.notFound)
export const isAlreadyExists = is(rpcCode.alreadyExists)
export const isUnimplemented = is(rpcCode.unimplemented)
export const isUnavailable = is(rpcCode.unavailable)
export const isDeadlineExceeded = is(rpcCode.deadlineExceeded)
export const isCancelled = is(rpcCode.cancelled)
export const isInvalidArgument = is(rpcCode.invalidArgument)
export const isResourceExhausted = is(rpcCode.resourceExhausted)
