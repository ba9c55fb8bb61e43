import type { KubeObject } from '../../../../wire.ts'

/** Where `autoscaling/v1` keeps what it has no fields for. The stored form never has them: they are made for each answer. */
export const metricSpecs = 'autoscaling.alpha.kubernetes.io/metrics'
export const metricStatuses = 'autoscaling.alpha.kubernetes.io/current-metrics'
export const conditions = 'autoscaling.alpha.kubernetes.io/conditions'
export const behaviorSpecs = 'autoscaling.alpha.kubernetes.io/behavior'

const all = [
  metricSpecs,
  behaviorSpecs,
  'autoscaling.alpha.kubernetes.io/scale-down-tolerance',
  'autoscaling.alpha.kubernetes.io/scale-up-tolerance',
  metricStatuses,
  conditions,
]

/** Takes them away, in a copy of the annotations. */
export function dropRoundTripAnnotations({ metadata }: KubeObject): void {
  const annotations = metadata?.annotations
  if (metadata === undefined || annotations === undefined || !all.some(name => Object.hasOwn(annotations, name))) return
  metadata.annotations = { ...annotations }
  for (const name of all) delete metadata.annotations[name]
}
