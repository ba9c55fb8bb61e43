import type * as k8s from '@kubernetes/client-node'

/**
 * A model class of `@kubernetes/client-node` as it looks on the wire: times are strings, fields that the generator had
 * to rename (`_continue`, `_from`) have their own names again, methods and statics are gone.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer E)[]
      ? Wire<E>[]
      : T extends object
        ? { [K in keyof T as K extends `_${infer Name}` ? Name : K]: Wire<T[K]> }
        : T

export type ObjectMeta = Wire<k8s.V1ObjectMeta>
export type OwnerReference = Wire<k8s.V1OwnerReference>
export type Pod = Wire<k8s.V1Pod>
export type PodSpec = Wire<k8s.V1PodSpec>
export type PodStatus = Wire<k8s.V1PodStatus>
export type PodCondition = Wire<k8s.V1PodCondition>
export type Container = Wire<k8s.V1Container>
export type ContainerStatus = Wire<k8s.V1ContainerStatus>
export type Volume = Wire<k8s.V1Volume>
export type Node = Wire<k8s.V1Node>
export type NodeStatus = Wire<k8s.V1NodeStatus>
export type NodeCondition = Wire<k8s.V1NodeCondition>
export type Taint = Wire<k8s.V1Taint>
export type Toleration = Wire<k8s.V1Toleration>
export type Namespace = Wire<k8s.V1Namespace>
export type Service = Wire<k8s.V1Service>
export type Endpoints = Wire<k8s.V1Endpoints>
export type ConfigMap = Wire<k8s.V1ConfigMap>
export type Secret = Wire<k8s.V1Secret>
export type ServiceAccount = Wire<k8s.V1ServiceAccount>
export type Event = Wire<k8s.CoreV1Event>
export type LimitRange = Wire<k8s.V1LimitRange>
export type LimitRangeItem = Wire<k8s.V1LimitRangeItem>
export type ResourceQuota = Wire<k8s.V1ResourceQuota>
export type ResourceQuotaSpec = Wire<k8s.V1ResourceQuotaSpec>
export type PersistentVolume = Wire<k8s.V1PersistentVolume>
export type PersistentVolumeSpec = Wire<k8s.V1PersistentVolumeSpec>
export type PersistentVolumeClaim = Wire<k8s.V1PersistentVolumeClaim>
export type PersistentVolumeClaimSpec = Wire<k8s.V1PersistentVolumeClaimSpec>
export type PersistentVolumeClaimTemplate = Wire<k8s.V1PersistentVolumeClaimTemplate>
export type NodeSelector = Wire<k8s.V1NodeSelector>
export type NodeSelectorTerm = Wire<k8s.V1NodeSelectorTerm>
export type ComponentStatus = Wire<k8s.V1ComponentStatus>
export type Lease = Wire<k8s.V1Lease>
export type Binding = Wire<k8s.V1Binding>
export type Eviction = Wire<k8s.V1Eviction>
export type PodTemplate = Wire<k8s.V1PodTemplate>
export type PodTemplateSpec = Wire<k8s.V1PodTemplateSpec>
export type ReplicationController = Wire<k8s.V1ReplicationController>
export type Status = Wire<k8s.V1Status>
export type StatusCause = Wire<k8s.V1StatusCause>

/** Any API object: what all kinds share. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata?: ObjectMeta
}
