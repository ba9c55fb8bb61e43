import type { Event } from '../../../../wire.ts'
import { defineKind } from '../../../define-kind.ts'
import { cells, columns } from './columns.ts'
import { strategy } from './strategy.ts'

export const event = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  resource: 'events',
  shortNames: ['ev'],
  strategy,
  moreFields: object => ({
    'involvedObject.kind': object.involvedObject.kind ?? '',
    'involvedObject.namespace': object.involvedObject.namespace ?? '',
    'involvedObject.name': object.involvedObject.name ?? '',
    'involvedObject.uid': object.involvedObject.uid ?? '',
    'involvedObject.apiVersion': object.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': object.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': object.involvedObject.fieldPath ?? '',
    reason: object.reason ?? '',
    reportingComponent: object.reportingComponent ?? '',
    source: object.source?.component || (object.reportingComponent ?? ''),
    type: object.type ?? '',
  }),
  columns,
  cells,
})
