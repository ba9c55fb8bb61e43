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
  moreFields(object) {
    const about: Partial<Event['involvedObject']> = object.involvedObject ?? {}
    return {
      'involvedObject.kind': about.kind ?? '',
      'involvedObject.namespace': about.namespace ?? '',
      'involvedObject.name': about.name ?? '',
      'involvedObject.uid': about.uid ?? '',
      'involvedObject.apiVersion': about.apiVersion ?? '',
      'involvedObject.resourceVersion': about.resourceVersion ?? '',
      'involvedObject.fieldPath': about.fieldPath ?? '',
      reason: object.reason ?? '',
      reportingComponent: object.reportingComponent ?? '',
      source: object.source?.component || (object.reportingComponent ?? ''),
      type: object.type ?? '',
    }
  },
  columns,
  cells,
})
