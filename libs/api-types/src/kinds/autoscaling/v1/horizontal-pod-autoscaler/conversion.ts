import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1, MetricSpec, MetricStatus } from '../../types.ts'
import { defaultMetrics } from '../../v2/horizontal-pod-autoscaler/defaults.ts'
import {
  behaviorSpecs,
  conditions,
  dropRoundTripAnnotations,
  metricSpecs,
  metricStatuses,
} from '../../v2/horizontal-pod-autoscaler/round-trip-annotations.ts'
import { behaviorOf, behaviorText, listOf, listText } from './annotation-text.ts'
import {
  type MetricSpecV1,
  type MetricStatusV1,
  specFromV1,
  specToV1,
  statusFromV1,
  statusToV1,
} from './metric-forms.ts'

type SpecV1 = NonNullable<HorizontalPodAutoscalerV1['spec']>
type StatusV1 = NonNullable<HorizontalPodAutoscalerV1['status']>
type Status = NonNullable<HorizontalPodAutoscaler['status']>
type Condition = NonNullable<Status['conditions']>[number]

/** The one metric that `autoscaling/v1` has a field for. */
const cpuShare = ({ type, resource }: MetricSpec): number | undefined =>
  type === 'Resource' && resource?.name === 'cpu' ? resource.target?.averageUtilization : undefined

/** From `autoscaling/v1` to the stored form: what the annotations keep becomes fields again. */
export function toHub({ spec, status, ...object }: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler {
  const annotations = object.metadata?.annotations ?? {}
  const { targetCPUUtilizationPercentage: share, ...kept } = spec ?? ({} as SpecV1)
  const cpu: MetricSpec[] =
    share === undefined
      ? []
      : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: share } } }]
  const others = listOf<MetricSpecV1>('MetricSpec', annotations[metricSpecs])?.map(specFromV1) ?? []
  const metrics = [...others, ...cpu]
  const behavior = behaviorOf(annotations[behaviorSpecs])
  const converted: HorizontalPodAutoscaler = {
    ...object,
    spec: {
      ...kept,
      // The default waits for the annotations, so it is not among v1's own.
      metrics: metrics.length === 0 ? defaultMetrics() : metrics,
      ...(behavior === undefined ? {} : { behavior }),
    },
    ...(status === undefined ? {} : { status: statusToHub(status, annotations) }),
  }
  dropRoundTripAnnotations(converted)
  return converted
}

function statusToHub(status: StatusV1, annotations: Readonly<Record<string, string>>): Status {
  const { currentCPUUtilizationPercentage: share, ...kept } = status
  const cpu: MetricStatus[] | undefined =
    share === undefined
      ? undefined
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: share } } }]
  // The annotation has more to say than the field.
  const known = listOf<MetricStatusV1>('MetricStatus', annotations[metricStatuses])?.map(statusFromV1)
  const currentMetrics = known ?? cpu
  const found = listOf<Condition>('HorizontalPodAutoscalerCondition', annotations[conditions])
  return {
    ...kept,
    ...(currentMetrics === undefined ? {} : { currentMetrics }),
    ...(found === undefined ? {} : { conditions: found }),
  }
}

/** From the stored form to `autoscaling/v1`. */
export function fromHub({ spec, status, ...object }: HorizontalPodAutoscaler): HorizontalPodAutoscalerV1 {
  const { metrics = [], behavior, ...kept } = spec ?? ({} as NonNullable<HorizontalPodAutoscaler['spec']>)
  const { currentMetrics: measured, conditions: found = [], ...counts } = status ?? ({} as Status)
  // A list that is never left out is null in what is stored.
  const currentMetrics = measured ?? []
  const share = metrics.map(cpuShare).find(value => value !== undefined)
  const used = currentMetrics
    .filter(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu')
    .map(({ resource }) => resource?.current?.averageUtilization)
    .findLast(value => value !== undefined)
  const converted: HorizontalPodAutoscalerV1 = {
    ...object,
    spec: { ...kept, ...(share === undefined ? {} : { targetCPUUtilizationPercentage: share }) },
    status: {
      currentReplicas: 0,
      ...counts,
      ...(used === undefined ? {} : { currentCPUUtilizationPercentage: used }),
    },
  }
  converted.metadata = { ...object.metadata }
  dropRoundTripAnnotations(converted)
  const others = metrics.filter(metric => cpuShare(metric) === undefined)
  const more: Record<string, string> = {}
  if (others.length > 0) more[metricSpecs] = listText('MetricSpec', others.map(specToV1))
  // Saved whole: the raw value has no field.
  if (currentMetrics.length > 0) more[metricStatuses] = listText('MetricStatus', currentMetrics.map(statusToV1))
  if (behavior !== undefined) more[behaviorSpecs] = behaviorText(behavior)
  if (found.length > 0) more[conditions] = listText('HorizontalPodAutoscalerCondition', found)
  if (Object.keys(more).length > 0) {
    converted.metadata.annotations = { ...converted.metadata.annotations, ...more }
  }
  return converted
}
