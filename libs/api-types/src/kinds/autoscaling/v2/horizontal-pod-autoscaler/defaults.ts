import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec } from '../../types.ts'
import { dropRoundTripAnnotations } from './round-trip-annotations.ts'

type Rules = NonNullable<NonNullable<HorizontalPodAutoscalerSpec['behavior']>['scaleUp']>

/** Percent of the CPU that pods ask for. */
const cpuUtilization = 80

/** What is scaled by when nothing is said. */
export const defaultMetrics = (): MetricSpec[] => [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuUtilization } } },
]

const scaleUp = (): Rules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
})

/** No window: the controller's own flag decides. */
const scaleDown = (): Rules => ({
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
})

export function applyDefaults(autoscaler: HorizontalPodAutoscaler): void {
  dropRoundTripAnnotations(autoscaler)
  autoscaler.spec ??= {} as HorizontalPodAutoscalerSpec
  const { spec } = autoscaler
  spec.minReplicas ??= 1
  if (!spec.metrics?.length) spec.metrics = defaultMetrics()
  if (spec.behavior === undefined) return
  spec.behavior.scaleUp = { ...scaleUp(), ...spec.behavior.scaleUp }
  spec.behavior.scaleDown = { ...scaleDown(), ...spec.behavior.scaleDown }
}
