import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'

const kind = entryUnderTest('storagemigration.k8s.io', 'v1beta1', 'StorageVersionMigration')
const spec = { resource: { group: 'apps', resource: 'deployments' } }
const condition = (type: string, status = 'True') => ({
  type,
  status,
  reason: 'Done',
  message: '',
  lastTransitionTime: '2024-01-01T00:00:00Z',
})

describe('a StorageVersionMigration', () => {
  it.each([
    [spec, []],
    [{}, ['spec.resource.resource: Required value: resource is required to be set']],
    [
      { resource: { resource: '1' } },
      [expect.stringContaining('spec.resource.resource: Invalid value: "1": a DNS-1035')],
    ],
    [
      { resource: { resource: 'a', group: 'A' } },
      [expect.stringContaining('spec.resource.group: Invalid value: "A": a lowercase RFC 1123 subdomain')],
    ],
  ])('%# is told what is wrong', (given, messages) => {
    expect(kind.errors({ spec: given })).toEqual(messages)
  })

  it('keeps what it migrates', () => {
    expect(kind.updateErrors({ spec }, { spec: { resource: { resource: 'pods' } } })).toEqual([
      'spec: Invalid value: {"Resource":{"group":"","resource":"pods"}}: field is immutable',
    ])
  })

  it.each([
    [
      {},
      { resourceVersion: '0' },
      ['status.resourceVersion: Invalid value: "0": resource version is not well formed: 0'],
    ],
    [
      { resourceVersion: '5' },
      { resourceVersion: '6' },
      ['status.resourceVersion: Invalid value: "6": field is immutable'],
    ],
    [
      {},
      { conditions: [condition('Succeeded'), condition('Failed')] },
      [expect.stringContaining('Both success and failed conditions cannot be true at the same time')],
    ],
    [
      { conditions: [condition('Succeeded')] },
      { conditions: [condition('Succeeded', 'False')] },
      [expect.stringContaining('Success condition cannot be set to false once it is true')],
    ],
  ])('goes on in order, %#', (before, after, messages) => {
    const context = { subresource: 'status' }
    expect(kind.updateErrors({ spec, status: before }, { spec, status: after }, context)).toEqual(messages)
  })

  it('is printed with its state', () => {
    expect(kind.cells({ spec, status: { conditions: [condition('Running')] } })).toEqual([
      'a',
      'deployments.apps',
      'Running',
    ])
    expect(kind.cells({ spec })[2]).toBe('Unknown')
    expect(kind.entry.columns[0]?.format).toBeUndefined()
  })
})
