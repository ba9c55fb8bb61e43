/** A volume cannot be set up: shown in a FailedMount event, tried again. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError'
}
