import { entries } from '../../entries.ts'

/** `autoscaling/v1`. */
export const autoscalingV1 = entries([])
