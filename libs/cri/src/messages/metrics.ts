/** Metrics: the descriptors are fixed at start, the values follow them. */
import type { Int64 } from './int64.ts'
import type { UInt64Value } from './values.ts'

export type MetricType = 'COUNTER' | 'GAUGE'

export interface MetricDescriptor {
  name: string
  help: string
  /** In the order of the values' label_values. */
  labelKeys: string[]
}

export interface PodSandboxMetrics {
  podSandboxId: string
  metrics: Metric[]
  containerMetrics: ContainerMetrics[]
}

export interface ContainerMetrics {
  containerId: string
  metrics: Metric[]
}

export interface Metric {
  name: string
  /** 0 when it was read just now. */
  timestamp: Int64
  metricType: MetricType
  labelValues: string[]
  value: UInt64Value | null
}

export type ListMetricDescriptorsRequest = Record<never, never>

export interface ListMetricDescriptorsResponse {
  descriptors: MetricDescriptor[]
}

export type ListPodSandboxMetricsRequest = Record<never, never>

export interface ListPodSandboxMetricsResponse {
  podMetrics: PodSandboxMetrics[]
}

export type StreamPodSandboxMetricsRequest = Record<never, never>

export interface StreamPodSandboxMetricsResponse {
  podSandboxMetrics: PodSandboxMetrics[]
}
