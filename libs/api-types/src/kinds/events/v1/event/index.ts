import type { Event } from '../../../../wire.ts'
import { event as coreEvent } from '../../../core/v1/event/index.ts'
import { servedAs } from '../../../define-kind.ts'
import type { EventsV1Event } from '../../types.ts'
import { fromCore, toCore } from './conversion.ts'

const about = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

/** The same stored events as the core group's, under the newer names of their fields. */
export const event = servedAs<Event, EventsV1Event>(coreEvent, 'v1', {
  group: 'events.k8s.io',
  schema: 'io.k8s.api.events.v1.Event',
  toHub: toCore,
  fromHub: object => fromCore(object as Event),
  fieldLabels: {
    reason: 'reason',
    ...Object.fromEntries(about.map(name => [`regarding.${name}`, `involvedObject.${name}`])),
    reportingController: 'reportingComponent',
    type: 'type',
    'metadata.namespace': 'metadata.namespace',
    'metadata.name': 'metadata.name',
  },
})
