/** What the error stream says when a command has ended: a `Status`, in upstream's fields and words. */
export interface StreamStatus {
  readonly metadata: Record<string, never>
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: string
  readonly details?: { readonly causes: readonly { readonly reason?: string; readonly message: string }[] }
  readonly code?: number
}

export const success: StreamStatus = { metadata: {}, status: 'Success' }

export function nonZeroExit(command: readonly string[], exitCode: number): StreamStatus {
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: error executing command [${command.join(' ')}], exit code ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  }
}

export function internalError(message: string): StreamStatus {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  }
}

/** The bytes for the error stream: JSON since v4, before that the bare message of a failure and nothing for success. */
export function encodeStatus(status: StreamStatus, form: 'json' | 'text'): Buffer {
  if (form === 'json') return Buffer.from(JSON.stringify(status))
  return Buffer.from(status.status === 'Success' ? '' : (status.message ?? ''))
}
