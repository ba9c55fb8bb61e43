import type { RuntimeService } from '@kubets/cri'

export const runtimeName = 'kubets'
export const runtimeVersion = '0.1.0'

export const version = (): RuntimeService['version'] => async () => ({
  version: '0.1.0', // of this answer's format; every runtime says so
  runtimeName,
  runtimeVersion,
  runtimeApiVersion: 'v1',
})
