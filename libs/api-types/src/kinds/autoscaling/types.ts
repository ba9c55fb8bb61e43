import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

/** The stored form, `autoscaling/v2`. */
export type HorizontalPodAutoscaler = Wire<k8s.V2HorizontalPodAutoscaler>
export type HorizontalPodAutoscalerSpec = Wire<k8s.V2HorizontalPodAutoscalerSpec>
export type MetricSpec = Wire<k8s.V2MetricSpec>
export type MetricStatus = Wire<k8s.V2MetricStatus>
export type MetricTarget = Wire<k8s.V2MetricTarget>
/** `autoscaling/v1`: CPU only, the rest is kept in annotations. */
export type HorizontalPodAutoscalerV1 = Wire<k8s.V1HorizontalPodAutoscaler>
export type Scale = Wire<k8s.V1Scale>
