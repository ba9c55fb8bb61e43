import { entries } from '../../entries.ts'
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler/index.ts'

/** `autoscaling/v1`. A Scale is a view of other kinds: it is no resource of its own. */
export const autoscalingV1 = entries([horizontalPodAutoscaler])
