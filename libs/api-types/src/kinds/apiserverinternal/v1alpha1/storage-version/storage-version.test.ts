import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'

const kind = entryUnderTest('internal.apiserver.k8s.io', 'v1alpha1', 'StorageVersion')
const metadata = { name: 'apps.deployments' }
const server = (apiServerID: string, encodingVersion = 'apps/v1') => ({
  apiServerID,
  encodingVersion,
  decodableVersions: ['apps/v1', 'apps/v1beta1'],
})

describe('a StorageVersion', () => {
  it('is named after a resource, and says nothing when it begins', () => {
    expect(kind.errors({ metadata, status: { commonEncodingVersion: 'v1' } })).toEqual([])
    expect(kind.errors({})).toEqual([
      'metadata.name: Invalid value: "a": name must be in the form of <group>.<resource>',
    ])
    expect(kind.errors({ metadata: { name: 'apps.1' } })[0]).toContain('the resource segment a DNS-1035 label')
  })

  it.each([
    [{ storageVersions: [server('a'), server('b')], commonEncodingVersion: 'apps/v1' }, []],
    [
      { storageVersions: [server('a'), server('a')] },
      [
        'status.storageVersions[1].apiServerID: Duplicate value: "a"',
        'status.commonEncodingVersion: Invalid value: null: the common encoding version is apps/v1',
      ],
    ],
    [
      { storageVersions: [server('a', 'apps/v2')], commonEncodingVersion: 'v1' },
      [
        'status.storageVersions[0].decodableVersions: Invalid value: ["apps/v1","apps/v1beta1"]: decodableVersions must include encodingVersion apps/v2',
        'status.commonEncodingVersion: Invalid value: "v1": the actual common encoding version is apps/v2',
      ],
    ],
    [
      { storageVersions: [server('a'), server('b', 'apps/v1beta1')], commonEncodingVersion: 'apps/v1' },
      [expect.stringContaining('should be nil if servers do not agree on the same encoding version')],
    ],
    [
      { storageVersions: [{ ...server('a'), servedVersions: ['x/y/z'] }], commonEncodingVersion: 'apps/v1' },
      [
        expect.stringContaining(
          'status.storageVersions[0].servedVersions[0]: Invalid value: "x/y/z": an apiVersion is',
        ),
        'status.storageVersions[0].servedVersions[0]: Invalid value: "x/y/z": individual served version : x/y/z must be included in decodableVersions : [apps/v1 apps/v1beta1]',
      ],
    ],
    [
      { conditions: [{ type: 'A', status: 'True' }] },
      ['status[0].reason: Required value', 'status[0].message: Required value'],
    ],
  ])('is told what is wrong with its status, %#', (status, messages) => {
    expect(kind.updateErrors({ metadata }, { metadata, status }, { subresource: 'status' })).toEqual(messages)
  })

  it('is printed with its first three servers', () => {
    const storageVersions = ['a', 'b', 'c', 'd'].map(id => server(id, 'v1'))
    expect(kind.cells({ status: { storageVersions } })).toEqual(['a', '<unset>', 'a=v1,b=v1,c=v1 + 1 more...', '10m'])
    expect(kind.cells({})[2]).toBe('<unset>')
  })
})
