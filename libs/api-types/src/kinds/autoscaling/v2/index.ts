import { entries } from '../../entries.ts'
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler/index.ts'

/** `autoscaling/v2`. */
export const autoscalingV2 = entries([horizontalPodAutoscaler])
