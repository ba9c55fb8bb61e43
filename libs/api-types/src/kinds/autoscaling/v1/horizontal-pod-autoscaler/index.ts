import { servedAs } from '../../../define-kind.ts'
import type { HorizontalPodAutoscalerV1 } from '../../types.ts'
import { horizontalPodAutoscaler as hub } from '../../v2/horizontal-pod-autoscaler/index.ts'
import { fromHub, toHub } from './conversion.ts'

/** The old form: CPU alone has a field, everything else is kept in annotations, so that a round trip loses nothing. */
export const horizontalPodAutoscaler = servedAs<HorizontalPodAutoscalerV1>(hub as never, 'v1', {
  applyDefaults(autoscaler) {
    autoscaler.spec ??= {} as NonNullable<typeof autoscaler.spec>
    autoscaler.spec.minReplicas ??= 1
  },
  toHub: toHub as never,
  fromHub: fromHub as never,
})
