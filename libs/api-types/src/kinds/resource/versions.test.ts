import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../testing/entry-under-test.ts'
import { throughHub } from '../../testing/round-trip.ts'

const of = (kind: string, version: string) => entryUnderTest('resource.k8s.io', version, kind)

describe('resource.k8s.io/v1beta1', () => {
  const claim = of('ResourceClaim', 'v1beta1')
  const slice = of('ResourceSlice', 'v1beta1')

  it('has requests without `exactly`', () => {
    const request = { name: 'r', deviceClassName: 'gpu', adminAccess: true }
    const stored = claim.received({ spec: { devices: { requests: [request] } } })
    expect(stored.spec).toEqual({
      devices: {
        requests: [
          { name: 'r', exactly: { deviceClassName: 'gpu', adminAccess: true, allocationMode: 'ExactCount', count: 1 } },
        ],
      },
    })
    expect(claim.entry.hub?.fromHub(stored)).toMatchObject({
      spec: { devices: { requests: [{ ...request, allocationMode: 'ExactCount', count: 1 }] } },
    })
  })

  it('shows an empty class where there are alternatives', () => {
    const request = { name: 'r', firstAvailable: [{ name: 's', deviceClassName: 'gpu' }] }
    const stored = claim.received({ spec: { devices: { requests: [request] } } })
    expect(claim.entry.hub?.fromHub(stored)).toMatchObject({
      spec: { devices: { requests: [{ name: 'r', deviceClassName: '' }] } },
    })
  })

  it('counts nothing where there are alternatives', () => {
    const request = { name: 'r', firstAvailable: [{ name: 's', deviceClassName: 'gpu' }] }
    expect(claim.made({ spec: { devices: { requests: [request] } } }).spec).toEqual({
      devices: {
        requests: [
          {
            name: 'r',
            firstAvailable: [{ name: 's', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 }],
          },
        ],
      },
    })
  })

  it('has devices with `basic`, and places that are empty when unset', () => {
    const spec = {
      driver: 'd',
      nodeName: '',
      allNodes: true,
      pool: { name: 'p', resourceSliceCount: 1, generation: 0 },
      devices: [{ name: 'x', basic: { attributes: { a: { int: 1 } } } }],
    }
    const stored = slice.received({ spec })
    expect(stored.spec).toMatchObject({ allNodes: true, devices: [{ name: 'x', attributes: { a: { int: 1 } } }] })
    expect(stored.spec).not.toHaveProperty('nodeName')
    expect(slice.errors({ spec })).toEqual([])
    expect(slice.entry.hub?.fromHub(stored)).toMatchObject({ spec: { devices: spec.devices } })
  })

  it('loses nothing on the way through the stored version', () => {
    for (const [before, after] of throughHub(slice.entry)) expect(normal(after)).toEqual(normal(before))
    for (const kind of ['ResourceClaim', 'ResourceClaimTemplate', 'DeviceClass']) {
      for (const [before, after] of throughHub(of(kind, 'v1beta1').entry)) expect(after).toEqual(before)
    }
  })
})

/** A device always has a `basic` when it comes back. */
function normal(slice: unknown): unknown {
  const text = JSON.stringify(slice, (key, value) =>
    key === 'devices' && Array.isArray(value) ? value.map(device => ({ basic: {}, ...device })) : value,
  )
  return JSON.parse(text)
}

describe('resource.k8s.io/v1beta2', () => {
  it.each(['DeviceClass', 'ResourceClaim', 'ResourceClaimTemplate', 'ResourceSlice', 'DeviceTaintRule'])(
    '%s is the stored version but for its name',
    kind => {
      for (const [before, after] of throughHub(of(kind, 'v1beta2').entry, 20)) expect(after).toEqual(before)
    },
  )
})

describe('every version', () => {
  it.each([
    ['ResourceClaim', 'v1beta1', 'v1'],
    ['ResourceSlice', 'v1beta2', 'v1'],
    ['DeviceTaintRule', 'v1beta2', 'v1alpha3'],
  ])('of %s, %s too, is stored as %s', (kind, version, stored) => {
    const { entry } = of(kind, version)
    expect([entry.hub?.entry.version, entry.enabledByDefault]).toEqual([stored, false])
    expect(entry.hub?.entry.hub).toBeUndefined()
  })
})

describe('a DeviceTaintRule', () => {
  const kind = of('DeviceTaintRule', 'v1alpha3')
  const taint = { key: 'k', effect: 'NoSchedule', timeAdded: '2024-01-01T00:00:00Z' }

  it.each([
    [{ taint }, []],
    [
      {},
      [
        expect.stringContaining('spec.taint.key: Invalid value: ""'),
        expect.anything(),
        'spec.taint.effect: Required value',
      ],
    ],
    [
      { taint, deviceSelector: { driver: '', pool: '', device: 'X' } },
      [
        'spec.deviceSelector.driver: Required value',
        'spec.deviceSelector.pool: Required value',
        expect.stringContaining('spec.deviceSelector.device: Invalid value: "X"'),
      ],
    ],
  ])('%# is told what is wrong', (spec, messages) => {
    expect(kind.errors({ spec })).toEqual(messages)
  })

  it('has the time of its effect', () => {
    const metadata = { generation: 1 }
    const next = { ...taint, effect: 'NoExecute' }
    const [changed] = kind.updated({ metadata, spec: { taint } }, { metadata, spec: { taint: next } })
    expect(changed).toMatchObject({
      metadata: { generation: 2 },
      spec: { taint: { timeAdded: '2024-01-01T00:10:00Z' } },
    })
    const own = { ...next, timeAdded: '2023-01-01T00:00:00Z' }
    const [given] = kind.updated({ metadata, spec: { taint } }, { metadata, spec: { taint: own } })
    expect(given).toMatchObject({ spec: { taint: own } })
    expect(kind.cells({ spec: { taint } })).toEqual(['a', 'k', '', 'NoSchedule', '10m', '10m'])
  })

  it.each([{}, { spec: {} }])('is refused without what it says of devices: %j', after => {
    expect(kind.updateErrors({ spec: { taint } }, after)).toContain('spec.taint.effect: Required value')
  })
})

describe('a ResourcePoolStatusRequest', () => {
  const kind = of('ResourcePoolStatusRequest', 'v1alpha3')
  const spec = { driver: 'D.example' }

  it.each([
    [spec, []],
    [{}, ['spec.driver: Required value']],
    [
      { driver: 'a_b' },
      [expect.stringContaining('spec.driver: Invalid value: "a_b": an RFC 1123 subdomain must consist of')],
    ],
    [
      { ...spec, poolName: 'a//B' },
      [
        'spec.poolName: Invalid value: "a//B": segment 1: must not be empty',
        expect.stringContaining('spec.poolName: Invalid value: "B": segment 2: a lowercase RFC 1123'),
      ],
    ],
    [{ ...spec, limit: 1001 }, ['spec.limit: Invalid value: 1001: must be less than or equal to 1000']],
    [{ ...spec, limit: 0 }, ['spec.limit: Invalid value: 0: must be greater than or equal to 1']],
  ])('%# is told what is wrong', (given, messages) => {
    expect(kind.errors({ spec: given })).toEqual(messages)
  })

  const condition = {
    type: 'Complete',
    status: 'True',
    reason: 'Done',
    message: '',
    lastTransitionTime: '2024-01-01T00:05:00Z',
  }
  const pool = { driver: 'd', poolName: 'p', generation: 1, totalDevices: 4, availableDevices: 3, allocatedDevices: 1 }
  const status = { poolCount: 2, pools: [pool], conditions: [condition] }

  it('asks for a hundred pools, and is answered once', () => {
    expect(kind.made({ spec }).spec).toEqual({ ...spec, limit: 100 })
    expect(kind.updateErrors({ spec }, { spec: { driver: 'e' } })).toEqual([
      'spec: Invalid value: null: field is immutable',
    ])
    const context = { subresource: 'status' }
    expect(kind.updateErrors({ spec }, { spec, status }, context)).toEqual([])
    expect(kind.updateErrors({ spec, status }, { spec, status: { poolCount: 1 } }, context)[0]).toMatch(
      /^status: Invalid value: \{"PoolCount":1,"Pools":null,"Conditions":null\}: field is immutable$/,
    )
    const bad = { pools: [{ ...pool, generation: 0, totalDevices: -1 }] }
    expect(kind.updateErrors({ spec }, { spec, status: bad }, context)).toEqual([
      'status.poolCount: Required value',
      'status.pools[0].generation: Required value',
      'status.pools[0].totalDevices: Invalid value: -1: must be greater than or equal to 0',
    ])
  })

  it('is printed with its sums', () => {
    expect(kind.cells({ spec, status })).toEqual([
      'a',
      'D.example',
      '4',
      '3',
      '1',
      '0',
      '0',
      2,
      'Complete (1/2 pools)',
      '5m',
    ])
    expect(kind.cells({ spec })).toEqual(['a', 'D.example', '-', '-', '-', '-', '-', 0, 'Pending', '<none>'])
    const failed = { conditions: [{ ...condition, type: 'Failed' }] }
    expect(kind.cells({ spec, status: failed }).slice(2)).toEqual(['-', '-', '-', '-', '-', 0, 'Failed', '<none>'])
  })
})
