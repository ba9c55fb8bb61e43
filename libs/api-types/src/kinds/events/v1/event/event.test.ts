import { describe, expect, it } from 'vitest'
import { builtinCatalogue } from '../../../../catalogue/builtin.ts'
import { builtinSchemas } from '../../../../schema/schema.ts'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'
import { ObjectGenerator } from '../../../../testing/object-generator.ts'

const kind = entryUnderTest('events.k8s.io', 'v1', 'Event')
const core = entryUnderTest('', 'v1', 'Event')

const good = {
  eventTime: '2024-01-01T00:00:00.000000Z',
  reportingController: 'example.com/controller',
  reportingInstance: 'controller-1',
  action: 'Binding',
  reason: 'Bound',
  note: 'it is bound',
  type: 'Normal',
  regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
}

describe('an Event of events.k8s.io', () => {
  it('is stored beside those of the core group', () => {
    const { entry } = kind
    expect(entry.hub?.entry).toBe(builtinCatalogue.byKind('', 'v1', 'Event'))
    expect(entry).toMatchObject({ storagePrefix: '/registry/events/', shortNames: ['ev'], enabledByDefault: true })
  })

  it('has other names for the same fields, and comes back as it went in', () => {
    expect(kind.received({ ...good, deprecatedCount: 2, deprecatedSource: { host: 'n' } })).toMatchObject({
      involvedObject: good.regarding,
      message: good.note,
      reportingComponent: good.reportingController,
      count: 2,
      source: { host: 'n' },
    })
    const schema = builtinSchemas.get(kind.entry.schema)
    const stored = builtinSchemas.get('io.k8s.api.core.v1.Event')
    for (let seed = 1; seed <= 20; seed++) {
      const object = new ObjectGenerator(builtinSchemas.message, seed).object(kind.entry.schema)
      const before = schema.encode(object)
      const hub = kind.entry.hub?.toHub(object)
      expect(stored.check(hub)).toMatchObject({ unknown: [], error: undefined })
      expect(schema.encode(kind.entry.hub?.fromHub(hub as never))).toBe(before)
    }
  })

  it('selects by its own names', () => {
    const { fieldLabels = {} } = kind.entry
    const known = core.entry.selectableFields({})
    expect(Object.values(fieldLabels).filter(name => !Object.hasOwn(known, name))).toEqual([])
    expect(fieldLabels).toMatchObject({
      'regarding.name': 'involvedObject.name',
      reportingController: 'reportingComponent',
    })
    expect(fieldLabels).not.toHaveProperty('source')
  })

  it.each([
    [good, []],
    [{ ...good, reportingController: '' }, 'reportingController: Required value'],
    [{ ...good, action: '' }, 'action: Required value'],
    [{ ...good, note: 'x'.repeat(1025) }, 'message: Invalid value: "": can have at most 1024 characters'],
    [{ ...good, type: 'Odd' }, 'type: Invalid value: "": has invalid value: Odd'],
    [{ ...good, deprecatedCount: 1 }, 'count: Invalid value: "": needs to be unset'],
    [{ ...good, series: { count: 1 } }, 'series.count: Invalid value: "": should be at least 2'],
    [{ ...good, metadata: { name: 'A' } }, 'metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain'],
    [
      { ...good, regarding: { kind: 'Node', name: 'n' }, metadata: { namespace: 'other' } },
      'involvedObject.namespace: Invalid value: "": does not match event.namespace',
    ],
  ])('%# is told what is wrong', (object, message) => {
    const found = kind.errors(object)
    if (typeof message === 'string') expect(found.join('\n')).toContain(message)
    else expect(found).toEqual(message)
  })

  it('must have a time', () => {
    const { eventTime: _, ...timeless } = good
    expect(kind.errors(timeless)).toEqual(['eventTime: Required value'])
  })

  it('changes in its series only', () => {
    const series = { count: 2, lastObservedTime: '2024-01-01T00:01:00.000000Z' }
    expect(kind.updateErrors(good, { ...good, series })).toEqual([])
    expect(kind.updateErrors(good, { ...good, eventTime: '2024-01-01T00:00:00.000000999Z' })).toEqual([])
    expect(kind.updateErrors(good, { ...good, reason: 'Other', regarding: { ...good.regarding, name: 'q' } })).toEqual([
      'involvedObject: Invalid value: {"Kind":"Pod","Namespace":"default","Name":"q","UID":"","APIVersion":"","ResourceVersion":"","FieldPath":""}: field is immutable',
      'reason: Invalid value: "Other": field is immutable',
      'reason: Invalid value: "Other": field is immutable',
    ])
  })
})

describe('an Event of the core group', () => {
  const old = { involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' }, reason: 'Old' }

  it('may be of the old form, with a name in capitals, and change', () => {
    expect(core.errors({ ...old, metadata: { name: 'A.1' } })).toEqual([])
    expect(core.updateErrors(old, { ...old, reason: 'New', count: 4 })).toEqual([])
  })

  it('is named in errors as the core group names its fields', () => {
    const { regarding: involvedObject, note: message, reportingController: _, ...rest } = good
    expect(core.errors({ ...rest, involvedObject, message })[0]).toBe('reportingComponent: Required value')
  })
})
