import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

/** The events.k8s.io form; the core group's is `Event`. */
export type EventsV1Event = Wire<k8s.EventsV1Event>
