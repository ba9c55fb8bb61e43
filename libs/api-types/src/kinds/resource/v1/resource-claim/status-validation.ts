import { append, type FieldError, field, semanticEqual } from '@kubets/apimachinery'
import { validateNodeSelector } from '../../../core/v1/pod/validation/node-selector.ts'
import { validateCsiDriverName } from '../../../core/v1/volume/csi.ts'
import { validateConditions } from '../../../validation/conditions.ts'
import { validateImmutablePart } from '../../../validation/immutable.ts'
import type { ResourceClaim } from '../../types.ts'
import { validateBindingConditions } from '../../validation/binding-conditions.ts'
import { unbounded, validateList, validateSet } from '../../validation/collections.ts'
import { requestNames, validateRequestRef, validateRequestRefs } from '../../validation/device-claim.ts'
import { maxConfigurations, validateConfiguration } from '../../validation/device-configuration.ts'
import { validateInterfaceAddress } from '../../validation/interface-address.ts'
import { validateLabel, validatePoolName, validateUid } from '../../validation/names.ts'
import { validateOpaqueData } from '../../validation/opaque-data.ts'
import { deviceKey, shownDevice } from './device-identity.ts'

type Status = NonNullable<ResourceClaim['status']>
type Allocation = NonNullable<Status['allocation']>
type Result = NonNullable<NonNullable<Allocation['devices']>['results']>[number]
type AllocatedConfiguration = NonNullable<NonNullable<Allocation['devices']>['config']>[number]
type DeviceStatus = NonNullable<Status['devices']>[number]
type Consumer = NonNullable<Status['reservedFor']>[number]
type Names = ReadonlySet<string>

const maxConsumers = 256
const maxResults = 32
const maxConditions = 8
const maxData = 10 * 1024
const maxAddresses = 16
const maxInterfaceName = 256
const maxHardwareAddress = 128

export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const { allocation, reservedFor = [], devices } = claim.status ?? {}
  const allocated = new Set(allocation?.devices?.results?.map(deviceKey))
  const consumers = 'status.reservedFor'
  const errors = [
    ...validateSet(reservedFor, maxConsumers, consumers, validateConsumer, ({ uid }) => uid ?? ''),
    ...validateSet(
      devices,
      unbounded,
      'status.devices',
      (device, at) => validateDeviceStatus(device, at, allocated),
      deviceKey,
      shownDevice,
    ),
  ]
  if (reservedFor.length > 0 && allocation === undefined) {
    errors.push(field.forbidden(consumers, 'may not be specified when `allocated` is not set'))
  } else if (claim.metadata?.deletionTimestamp && addsConsumers(reservedFor, old.status?.reservedFor ?? [])) {
    const text = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set'
    errors.push(field.forbidden(consumers, text))
  }
  if (allocation === undefined) return errors
  const at = 'status.allocation'
  const before = old.status?.allocation
  return errors.concat(
    before === undefined
      ? validateAllocation(allocation, at, requestNames(claim.spec))
      : validateImmutablePart('io.k8s.api.resource.v1.AllocationResult', allocation, before, at),
  )
}

const addsConsumers = (now: readonly Consumer[], before: readonly Consumer[]) =>
  now.some(consumer => !before.some(other => semanticEqual(consumer, other)))

function validateConsumer(consumer: Consumer, path: string): FieldError[] {
  return (['resource', 'name', 'uid'] as const)
    .filter(name => !consumer[name])
    .map(name => field.required(`${path}.${name}`))
}

function validateAllocation({ devices, nodeSelector }: Allocation, path: string, names: Names): FieldError[] {
  const at = `${path}.devices`
  return [
    ...validateList(devices?.results, maxResults, `${at}.results`, (result, one) => validateResult(result, one, names)),
    ...validateList(devices?.config, 2 * maxConfigurations, `${at}.config`, (configuration, one) =>
      validateAllocatedConfiguration(configuration, one, names),
    ),
    ...(nodeSelector === undefined
      ? []
      : validateNodeSelector(nodeSelector, `${path}.nodeSelector`, { allowInvalidValues: false })),
  ]
}

function validateResult(result: Result, path: string, names: Names): FieldError[] {
  return [
    ...validateRequestRef(result.request ?? '', `${path}.request`, names),
    ...validateCsiDriverName(result.driver, `${path}.driver`),
    ...validatePoolName(result.pool, `${path}.pool`),
    ...validateLabel(result.device, `${path}.device`),
    ...validateBindingConditions(result, path),
    ...(result.shareID === undefined ? [] : validateUid(result.shareID, `${path}.shareID`)),
  ]
}

const sources = ['FromClaim', 'FromClass']

function validateAllocatedConfiguration(one: AllocatedConfiguration, path: string, names: Names): FieldError[] {
  const { source = '', requests } = one
  const errors: FieldError[] = []
  if (source === '') errors.push(field.required(`${path}.source`))
  else if (!sources.includes(source)) errors.push(field.notSupported(`${path}.source`, source, sources))
  return [
    ...errors,
    ...validateRequestRefs(requests, `${path}.requests`, names),
    ...validateConfiguration(one, path, false),
  ]
}

function validateDeviceStatus(device: DeviceStatus, path: string, allocated: ReadonlySet<string>): FieldError[] {
  const { driver, pool, device: name, shareID, data, networkData } = device
  // stored as null when there are none
  const conditions = device.conditions ?? []
  const errors = [
    ...validateCsiDriverName(driver, `${path}.driver`),
    ...validatePoolName(pool, `${path}.pool`),
    ...validateLabel(name, `${path}.device`),
    ...(shareID === undefined ? [] : validateUid(shareID, `${path}.shareID`)),
  ]
  if (!allocated.has(deviceKey(device))) {
    errors.push(field.invalid(path, shownDevice(device), 'must be an allocated device in the claim'))
  }
  const at = `${path}.conditions`
  if (conditions.length > maxConditions) errors.push(field.tooMany(at, conditions.length, maxConditions))
  append(errors, validateConditions(conditions, at))
  if (data !== undefined) {
    append(errors, validateOpaqueData(data, `${path}.data`, { stored: false, maxBytes: maxData }))
  }
  return errors.concat(validateNetworkData(networkData, `${path}.networkData`))
}

function validateNetworkData(data: DeviceStatus['networkData'], path: string): FieldError[] {
  if (data === undefined) return []
  const { interfaceName = '', hardwareAddress = '', ips } = data
  const errors: FieldError[] = []
  if (Buffer.byteLength(interfaceName) > maxInterfaceName) {
    errors.push(field.tooLong(`${path}.interfaceName`, maxInterfaceName))
  }
  if (Buffer.byteLength(hardwareAddress) > maxHardwareAddress) {
    errors.push(field.tooLong(`${path}.hardwareAddress`, maxHardwareAddress))
  }
  return errors.concat(validateSet(ips, maxAddresses, `${path}.ips`, validateInterfaceAddress, ip => ip))
}
