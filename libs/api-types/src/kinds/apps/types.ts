import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type Deployment = Wire<k8s.V1Deployment>
export type DeploymentSpec = Wire<k8s.V1DeploymentSpec>
export type DeploymentStatus = Wire<k8s.V1DeploymentStatus>
export type ReplicaSet = Wire<k8s.V1ReplicaSet>
export type ReplicaSetSpec = Wire<k8s.V1ReplicaSetSpec>
export type ReplicaSetStatus = Wire<k8s.V1ReplicaSetStatus>
export type DaemonSet = Wire<k8s.V1DaemonSet>
export type DaemonSetSpec = Wire<k8s.V1DaemonSetSpec>
export type DaemonSetStatus = Wire<k8s.V1DaemonSetStatus>
export type StatefulSet = Wire<k8s.V1StatefulSet>
export type StatefulSetSpec = Wire<k8s.V1StatefulSetSpec>
export type StatefulSetStatus = Wire<k8s.V1StatefulSetStatus>
export type ControllerRevision = Wire<k8s.V1ControllerRevision>
