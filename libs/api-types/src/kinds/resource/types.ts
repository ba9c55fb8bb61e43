import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type DeviceClass = Wire<k8s.V1DeviceClass>
export type ResourceClaim = Wire<k8s.ResourceV1ResourceClaim>
export type ResourceClaimSpec = Wire<k8s.V1ResourceClaimSpec>
export type ResourceClaimTemplate = Wire<k8s.V1ResourceClaimTemplate>
export type ResourceSlice = Wire<k8s.V1ResourceSlice>
export type Device = Wire<k8s.V1Device>
export type DeviceRequest = Wire<k8s.V1DeviceRequest>
export type DeviceTaint = Wire<k8s.V1DeviceTaint>
export type DeviceToleration = Wire<k8s.V1DeviceToleration>
export type V1beta1ResourceClaim = Wire<k8s.V1beta1ResourceClaim>
export type V1beta1ResourceClaimTemplate = Wire<k8s.V1beta1ResourceClaimTemplate>
export type V1beta1ResourceSlice = Wire<k8s.V1beta1ResourceSlice>
export type V1beta1Device = Wire<k8s.V1beta1Device>
export type V1beta1DeviceRequest = Wire<k8s.V1beta1DeviceRequest>
export type DeviceTaintRule = Wire<k8s.V1alpha3DeviceTaintRule>
export type ResourcePoolStatusRequest = Wire<k8s.V1alpha3ResourcePoolStatusRequest>
