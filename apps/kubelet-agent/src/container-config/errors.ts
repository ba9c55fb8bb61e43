/** A container cannot be made from its spec: shown as the waiting reason and in a Failed event. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError'
  readonly reason: 'CreateContainerConfigError' | 'CreateContainerError' | 'RunContainerError' | 'PostStartHookError'
  constructor(reason: ContainerConfigError['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

export const configError = (message: string, cause?: unknown) =>
  new ContainerConfigError('CreateContainerConfigError', message, cause === undefined ? undefined : { cause })
