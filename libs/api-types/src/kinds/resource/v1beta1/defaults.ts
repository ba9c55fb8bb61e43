import { defaultClaimStatus, defaultCount, defaultDevice, defaultTolerations } from '../defaults.ts'
import type {
  V1beta1DeviceRequest,
  V1beta1ResourceClaim,
  V1beta1ResourceClaimTemplate,
  V1beta1ResourceSlice,
} from '../types.ts'

/** A request without a class has alternatives, and counts nothing itself. */
function defaultRequest(request: V1beta1DeviceRequest): void {
  if (request.deviceClassName) defaultCount(request)
  defaultTolerations(request.tolerations)
  for (const alternative of request.firstAvailable ?? []) {
    defaultCount(alternative)
    defaultTolerations(alternative.tolerations)
  }
}

export function defaultClaim({ spec, status }: V1beta1ResourceClaim): void {
  for (const request of spec?.devices?.requests ?? []) defaultRequest(request)
  defaultClaimStatus(status)
}

export function defaultTemplate({ spec }: V1beta1ResourceClaimTemplate): void {
  for (const request of spec?.spec?.devices?.requests ?? []) defaultRequest(request)
}

export function defaultSlice({ spec }: V1beta1ResourceSlice): void {
  for (const { basic } of spec?.devices ?? []) if (basic !== undefined) defaultDevice(basic)
}
