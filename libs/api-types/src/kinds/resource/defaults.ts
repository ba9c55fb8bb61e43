import { formatTime } from '@kubets/apimachinery'
import type { Device, DeviceTaint, DeviceToleration, ResourceClaim, ResourceClaimSpec } from './types.ts'

interface Counted {
  allocationMode?: string
  count?: number
}

/** One device unless a request says otherwise. */
export function defaultCount(request: Counted): void {
  request.allocationMode ||= 'ExactCount'
  if (request.allocationMode === 'ExactCount') request.count ||= 1
}

export function defaultTolerations(tolerations: readonly DeviceToleration[] | undefined): void {
  for (const toleration of tolerations ?? []) toleration.operator ||= 'Equal'
}

export function defaultClaimSpec(spec: ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable = [] } of spec?.devices?.requests ?? []) {
    for (const wanted of exactly === undefined ? firstAvailable : [exactly, ...firstAvailable]) {
      defaultCount(wanted)
      defaultTolerations(wanted.tolerations)
    }
  }
}

export function defaultClaimStatus(status: ResourceClaim['status']): void {
  for (const { tolerations } of status?.allocation?.devices?.results ?? []) defaultTolerations(tolerations)
}

/** A taint without a time is added now. Upstream's defaults read the clock here, too. */
export function defaultTaint(taint: DeviceTaint | undefined): void {
  if (taint !== undefined && !taint.timeAdded) taint.timeAdded = formatTime(Date.now())
}

export function defaultDevice(device: Pick<Device, 'taints' | 'nodeAllocatableResourceMappings'>): void {
  for (const mapping of Object.values(device.nodeAllocatableResourceMappings ?? {})) {
    mapping.allocationMultiplier ??= '1'
  }
  for (const taint of device.taints ?? []) defaultTaint(taint)
}
