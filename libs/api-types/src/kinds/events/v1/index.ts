import { entries } from '../../entries.ts'

/** `events.k8s.io/v1`. */
export const eventsV1 = entries([])
