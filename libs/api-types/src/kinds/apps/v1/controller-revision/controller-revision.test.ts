import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'

describe('a ControllerRevision', () => {
  const kind = entryUnderTest('apps', 'v1', 'ControllerRevision')

  it.each([
    [{ data: { a: 1 }, revision: 1 }, []],
    [{ revision: 1 }, ['data: Required value: data is mandatory']],
    [{ data: [1], revision: 1 }, ['data: Required value: data must be a valid JSON object']],
    [{ data: {}, revision: -1 }, ['revision: Invalid value: -1: must be greater than or equal to 0']],
  ])('%j is told about: %j', (object, messages) => {
    expect(kind.errors(object)).toEqual(messages)
  })

  it('never changes its data', () => {
    expect(kind.updateErrors({ data: { a: 1 }, revision: 1 }, { data: { a: 2 }, revision: 2 })).toEqual([
      'data: Invalid value: {"a":2}: field is immutable',
    ])
  })

  it('names its controller', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u', controller: true }
    const metadata = { name: 'web-1', ownerReferences: [owner], creationTimestamp: '2024-01-01T00:00:00Z' }
    expect(kind.cells({ metadata, revision: 2 })).toEqual(['web-1', 'statefulset.apps/web', 2, '10m'])
    expect(kind.cells({ revision: 2 })[1]).toBe('<none>')
  })
})
