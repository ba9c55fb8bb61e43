import type { Event } from '../../../../wire.ts'
import { defineKind } from '../../../define-kind.ts'
import { cells, columns } from './columns.ts'
import { strategy } from './strategy.ts'

export const event = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  resource: 'events',
  defaultPropagation: 'Unsupported',
  shortNames: ['ev'],
  strategy,
  // the api-server asks an empty object for the names of the fields
  moreFields: ({ involvedObject = {}, ...object }) => ({
    'involvedObject.kind': involvedObject.kind ?? '',
    'involvedObject.namespace': involvedObject.namespace ?? '',
    'involvedObject.name': involvedObject.name ?? '',
    'involvedObject.uid': involvedObject.uid ?? '',
    'involvedObject.apiVersion': involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': involvedObject.fieldPath ?? '',
    reason: object.reason ?? '',
    reportingComponent: object.reportingComponent ?? '',
    source: object.source?.component || (object.reportingComponent ?? ''),
    type: object.type ?? '',
  }),
  columns,
  cells,
})
