import {
  append,
  type FieldError,
  field,
  isDns1123Subdomain,
  isQualifiedName,
  semanticEqual,
} from '@kubets/apimachinery'
import type { Event } from '../../../../wire.ts'
import { validateImmutable, validateImmutablePart } from '../../../validation/immutable.ts'
import { each } from '../pod/validation/checks.ts'

const limits = { reportingInstance: 128, action: 128, reason: 128, message: 1024 } as const

/** What every event obeys, whatever version it was sent in. `controllerField` is what that version calls the reporting controller. */
export function validateLegacy(event: Event, controllerField: string): FieldError[] {
  const namespace = event.metadata?.namespace ?? ''
  return [
    ...(event.eventTime ? validateNewForm(event, namespace, controllerField) : validateOldForm(event, namespace)),
    ...each('namespace', namespace, isDns1123Subdomain(namespace)),
  ]
}

const mismatch = (about: string) => field.invalid('involvedObject.namespace', about, 'does not match event.namespace')

/** An event lives where its object lives; events about objects without a namespace live in `default`. */
function validateOldForm({ involvedObject }: Event, namespace: string): FieldError[] {
  const about = involvedObject?.namespace ?? ''
  const fits = about === '' ? namespace === '' || namespace === 'default' : namespace === about
  return fits ? [] : [mismatch(about)]
}

/** Events with an `eventTime` say who reports what. */
function validateNewForm(event: Event, namespace: string, controllerField: string): FieldError[] {
  const { reportingComponent = '', reportingInstance = '', action = '', reason = '', message = '' } = event
  const errors: FieldError[] = []
  const about = event.involvedObject?.namespace ?? ''
  if (about === '' && namespace !== 'default' && namespace !== 'kube-system') errors.push(mismatch(about))
  if (reportingComponent === '') errors.push(field.required(controllerField))
  append(errors, each(controllerField, reportingComponent, isQualifiedName(reportingComponent)))
  for (const [name, value] of Object.entries({ reportingInstance, action, reason, message })) {
    const limit = limits[name as keyof typeof limits]
    if (value === '' && name !== 'message') errors.push(field.required(name))
    if (Buffer.byteLength(value) > limit) errors.push(field.invalid(name, '', `can have at most ${limit} characters`))
  }
  return errors
}

const types = ['Normal', 'Warning']

/** What events.k8s.io asks of a new event beyond that: complete, and nothing of the old form. */
export function validateStrictCreate(event: Event): FieldError[] {
  const { series, eventTime, type = '', firstTimestamp, lastTimestamp, count = 0, source } = event
  const errors = validateSeries(series)
  const unset = (path: string) => errors.push(field.invalid(path, '', 'needs to be unset'))
  if (!eventTime) errors.push(field.required('eventTime'))
  if (!types.includes(type)) errors.push(field.invalid('type', '', `has invalid value: ${type}`))
  if (firstTimestamp) unset('firstTimestamp')
  if (lastTimestamp) unset('lastTimestamp')
  if (count !== 0) unset('count')
  if (source?.component || source?.host) unset('source')
  return errors
}

function validateSeries(series: Event['series']): FieldError[] {
  if (series === undefined) return []
  const errors: FieldError[] = []
  if ((series.count ?? 0) < 2) errors.push(field.invalid('series.count', '', 'should be at least 2'))
  if (!series.lastObservedTime) errors.push(field.required('series.lastObservedTime'))
  return errors
}

const core = 'io.k8s.api.core.v1.'

/** Through events.k8s.io only the series of an event changes. */
export function validateStrictUpdate(event: Event, old: Event): FieldError[] {
  const text = (name: 'reason' | 'message' | 'type' | 'action' | 'reportingInstance') =>
    validateImmutable(event[name] ?? '', old[name] ?? '', name)
  const time = (name: 'firstTimestamp' | 'lastTimestamp') =>
    validateImmutable(event[name] ?? null, old[name] ?? null, name)
  return [
    ...(semanticEqual(event.series, old.series) ? [] : validateSeries(event.series)),
    ...validateImmutablePart(`${core}ObjectReference`, event.involvedObject, old.involvedObject, 'involvedObject'),
    ...text('reason'),
    ...text('message'),
    ...validateImmutablePart(`${core}EventSource`, event.source, old.source, 'source'),
    ...time('firstTimestamp'),
    ...time('lastTimestamp'),
    ...validateImmutable(event.count ?? 0, old.count ?? 0, 'count'),
    // upstream asks for the reason twice
    ...text('reason'),
    ...text('type'),
    ...validateImmutable(inMicroseconds(event.eventTime), inMicroseconds(old.eventTime), 'eventTime'),
    ...text('action'),
    ...validateRelated(event, old),
    ...validateImmutable(event.reportingComponent ?? '', old.reportingComponent ?? '', 'reportingController'),
    ...text('reportingInstance'),
  ]
}

function validateRelated({ related }: Event, old: Event): FieldError[] {
  if (related === undefined) return validateImmutable(null, old.related ?? null, 'related')
  return validateImmutablePart(`${core}ObjectReference`, related, old.related, 'related')
}

/** Clients round times to what the wire form holds: finer changes are none. */
const inMicroseconds = (time: string | null | undefined): string | null =>
  time ? time.replace(/(\.\d{6})\d+/, '$1') : null
