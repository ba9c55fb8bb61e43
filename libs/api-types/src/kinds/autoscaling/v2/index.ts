import { entries } from '../../entries.ts'

/** `autoscaling/v2`. */
export const autoscalingV2 = entries([])
