import type {
  Device,
  DeviceRequest,
  ResourceClaim,
  ResourceClaimSpec,
  ResourceClaimTemplate,
  ResourceSlice,
  V1beta1Device,
  V1beta1DeviceRequest,
  V1beta1ResourceClaim,
  V1beta1ResourceClaimTemplate,
  V1beta1ResourceSlice,
} from '../types.ts'

/** What v1beta1 has in a request itself, and later versions in its `exactly`. */
const exactFields = [
  'deviceClassName',
  'selectors',
  'allocationMode',
  'count',
  'adminAccess',
  'tolerations',
  'capacity',
] as const

function requestToHub(request: V1beta1DeviceRequest): DeviceRequest {
  const { name, firstAvailable, ...exactly } = request
  const hub = { name, ...(firstAvailable === undefined ? {} : { firstAvailable }) } as DeviceRequest
  // zero values are unset here
  for (const key of ['deviceClassName', 'allocationMode', 'count'] as const) if (!exactly[key]) delete exactly[key]
  if (Object.keys(exactly).length > 0) hub.exactly = exactly as NonNullable<DeviceRequest['exactly']>
  return hub
}

function requestFromHub({ exactly, ...request }: DeviceRequest): V1beta1DeviceRequest {
  const older = request as V1beta1DeviceRequest
  const target = older as unknown as Record<string, unknown>
  for (const key of exactFields) if (exactly?.[key] !== undefined) target[key] = exactly[key]
  // it is shown though it is empty
  target.deviceClassName ??= ''
  return older
}

interface Requests<R> {
  devices?: { requests?: R[] }
}

function convertRequests<A, B>(spec: Requests<A> | undefined, convert: (request: A) => B): void {
  const devices = spec?.devices as { requests?: unknown[] | null } | undefined
  // a claim without requests is stored with null
  if (Array.isArray(devices?.requests)) devices.requests = devices.requests.map(one => convert(one as A))
}

export function claimToHub(claim: V1beta1ResourceClaim): ResourceClaim {
  convertRequests(claim.spec as Requests<V1beta1DeviceRequest>, requestToHub)
  return claim as unknown as ResourceClaim
}

export function claimFromHub(claim: ResourceClaim): V1beta1ResourceClaim {
  convertRequests(claim.spec as Requests<DeviceRequest>, requestFromHub)
  return claim as unknown as V1beta1ResourceClaim
}

export function templateToHub(template: V1beta1ResourceClaimTemplate): ResourceClaimTemplate {
  convertRequests(template.spec?.spec as Requests<V1beta1DeviceRequest>, requestToHub)
  return template as unknown as ResourceClaimTemplate
}

export function templateFromHub(template: ResourceClaimTemplate): V1beta1ResourceClaimTemplate {
  convertRequests(template.spec?.spec as Requests<DeviceRequest> & ResourceClaimSpec, requestFromHub)
  return template as unknown as V1beta1ResourceClaimTemplate
}

/** A device's facts stand in `basic`, which later versions have not. */
const deviceToHub = ({ name, basic }: V1beta1Device): Device => ({ name, ...basic }) as Device
const deviceFromHub = ({ name, ...basic }: Device): V1beta1Device => ({ name, basic }) as V1beta1Device

export function sliceToHub(slice: V1beta1ResourceSlice): ResourceSlice {
  const { spec } = slice
  if (spec !== undefined) {
    // unset and zero are one here
    if (!spec.nodeName) delete spec.nodeName
    if (!spec.allNodes) delete spec.allNodes
    if (spec.devices !== undefined) Object.assign(spec, { devices: spec.devices.map(deviceToHub) })
  }
  return slice as unknown as ResourceSlice
}

export function sliceFromHub(slice: ResourceSlice): V1beta1ResourceSlice {
  const { spec } = slice
  if (spec?.devices !== undefined) Object.assign(spec, { devices: spec.devices.map(deviceFromHub) })
  return slice as unknown as V1beta1ResourceSlice
}
