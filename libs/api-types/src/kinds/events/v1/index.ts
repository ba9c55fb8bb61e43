import { entries } from '../../entries.ts'
import { event } from './event/index.ts'

/** `events.k8s.io/v1`. */
export const eventsV1 = entries([event])
