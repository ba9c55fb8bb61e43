import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../testing/entry-under-test.ts'

const of = (kind: string, version = 'v1') => entryUnderTest('storage.k8s.io', version, kind)

describe('a StorageClass', () => {
  const kind = of('StorageClass')
  const good = { provisioner: 'Example.com/disk' }

  it('deletes volumes and binds at once, unless it says otherwise', () => {
    expect(kind.made(good)).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })
    expect(kind.errors(good)).toEqual([])
  })

  it.each([
    [{}, ['provisioner: Required value']],
    [
      { provisioner: 'a/b/c' },
      [expect.stringContaining('provisioner: Invalid value: "a/b/c": a valid label key must consist of')],
    ],
    [
      { ...good, reclaimPolicy: 'Recycle' },
      ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'],
    ],
    [
      { ...good, volumeBindingMode: 'Never' },
      ['volumeBindingMode: Unsupported value: "Never": supported values: "Immediate", "WaitForFirstConsumer"'],
    ],
    [{ ...good, parameters: { '': 'x' } }, ['parameters: Invalid value: "": field can not be empty.']],
    [
      { ...good, parameters: { a: 'x'.repeat(256 * 1024) } },
      ['parameters: Too long: may not be more than 262144 bytes'],
    ],
    [
      { ...good, allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'a'] }] }] },
      ['allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"'],
    ],
    [
      {
        ...good,
        allowedTopologies: [
          { matchLabelExpressions: [{ key: 'zone', values: ['a', 'b'] }] },
          { matchLabelExpressions: [{ key: 'zone', values: ['b', 'a'] }] },
        ],
      },
      ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
    ],
  ])('%# is refused', (object, messages) => {
    expect(kind.errors(object)).toEqual(messages)
  })

  it('keeps what volumes were made with', () => {
    const after = { provisioner: 'b', parameters: { b: '2' }, reclaimPolicy: 'Retain' }
    expect(kind.updateErrors({ provisioner: 'a', parameters: { a: '1' } }, after)).toEqual([
      'parameters: Invalid value: {"b":"2"}: field is immutable',
      'provisioner: Invalid value: "b": field is immutable',
      'reclaimPolicy: Invalid value: "Retain": field is immutable',
    ])
    expect(kind.updateErrors(good, { ...good, mountOptions: ['ro'], allowVolumeExpansion: true })).toEqual([])
  })

  it('warns of labels that go out of use', () => {
    const object = {
      ...good,
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'beta.kubernetes.io/os', values: ['linux'] }] }],
    }
    expect(kind.entry.strategy.warnings?.(object as never, undefined)).toEqual([
      'allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.14; use "kubernetes.io/os" instead',
    ])
  })

  it('is printed with its mark', () => {
    const metadata = { name: 'a', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }
    expect(kind.cells({ ...good, metadata }).slice(0, 5)).toEqual([
      'a (default)',
      'Example.com/disk',
      'Delete',
      'Immediate',
      false,
    ])
  })
})

describe('a VolumeAttributesClass', () => {
  const kind = of('VolumeAttributesClass')
  const good = { driverName: 'a', parameters: { iops: '1' } }

  it('is served in an older version, off by default', () => {
    const { entry } = of('VolumeAttributesClass', 'v1beta1')
    expect([entry.enabledByDefault, entry.hub?.entry.version]).toEqual([false, 'v1'])
    expect(entry.schema).toBe('io.k8s.api.storage.v1beta1.VolumeAttributesClass')
  })

  it('has a driver and parameters, for good', () => {
    expect(kind.errors({})).toEqual([
      'driverName: Required value',
      'parameters: Required value: must contain at least one key/value pair',
    ])
    expect(kind.updateErrors(good, { driverName: 'b', parameters: { iops: '2' } })).toEqual([
      'driverName: Forbidden: updates to driverName are forbidden.',
      'parameters: Forbidden: updates to parameters are forbidden.',
    ])
  })
})

describe('a CSIDriver', () => {
  const kind = of('CSIDriver')

  it('has upstream’s defaults, and no field of a gate that is off', () => {
    expect(kind.made({ spec: { preventPodSchedulingIfMissing: true } }).spec).toEqual({
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    })
  })

  it.each([
    [
      { fsGroupPolicy: 'Some' },
      'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    ],
    [
      { volumeLifecycleModes: ['Odd'] },
      'spec.volumeLifecycleModes: Unsupported value: "Odd": supported values: "Persistent", "Ephemeral"',
    ],
    [{ tokenRequests: [{ audience: 'a' }, { audience: 'a' }] }, 'spec.tokenRequests[1].audience: Duplicate value: "a"'],
    [
      { tokenRequests: [{ audience: 'a', expirationSeconds: 5 }] },
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
    ],
    [
      { nodeAllocatableUpdatePeriodSeconds: 9 },
      'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
    ],
    [
      { serviceAccountTokenInSecrets: true },
      'spec.serviceAccountTokenInSecrets: Invalid value: true: serviceAccountTokenInSecrets is set but no tokenRequests are specified',
    ],
  ])('%# is refused', (spec, message) => {
    expect(kind.errors({ spec })).toEqual([message])
  })

  it('counts changes, and keeps how it attaches', () => {
    const [next] = kind.updated({ metadata: { generation: 3 } }, { spec: { requiresRepublish: true } })
    expect(next.metadata?.generation).toBe(4)
    const [same] = kind.updated({ metadata: { generation: 3 } }, { metadata: { generation: 3 } })
    expect(same.metadata?.generation).toBe(3)
    expect(kind.updateErrors({}, { spec: { attachRequired: false, volumeLifecycleModes: ['Ephemeral'] } })).toEqual([
      'spec.attachedRequired: Invalid value: false: field is immutable',
      'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
    ])
  })

  it('warns of tokens that may be logged, when they are asked for', () => {
    const object = kind.made({ spec: { tokenRequests: [{ audience: 'a' }] } })
    expect(kind.entry.strategy.warnings?.(object as never, undefined)).toHaveLength(1)
    expect(kind.entry.strategy.warnings?.(object, object)).toEqual([])
  })

  it('is printed with its audiences and modes', () => {
    const { spec } = kind.made({ spec: { tokenRequests: [{ audience: 'a' }, { audience: 'b' }] } })
    expect(kind.cells({ spec })).toEqual(['a', true, false, false, 'a,b', false, 'Persistent', '10m'])
    expect(kind.cells({ spec: {} }).slice(4, 7)).toEqual(['<unset>', false, '<none>'])
  })
})

describe('a CSINode', () => {
  const kind = of('CSINode')
  const driver = { name: 'd', nodeID: 'n', topologyKeys: ['zone'], allocatable: { count: 1 } }

  it.each([
    [{ ...driver, name: '' }, ['spec.drivers[0].name: Required value']],
    [{ ...driver, nodeID: '' }, ['spec.drivers[0].nodeID: Required value']],
    [{ ...driver, topologyKeys: ['zone', 'zone'] }, ['spec.drivers[0]: Duplicate value: "zone"']],
    [
      { ...driver, allocatable: { count: -1 } },
      ['spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0'],
    ],
  ])('%# is refused', (given, messages) => {
    expect(kind.errors({ spec: { drivers: [given] } })).toEqual(messages)
  })

  it('keeps its drivers as they are, their number of volumes apart', () => {
    const old = { spec: { drivers: [driver] } }
    expect(kind.updateErrors(old, { spec: { drivers: [{ ...driver, allocatable: { count: 9 } }] } })).toEqual([])
    expect(kind.updateErrors(old, { spec: { drivers: [{ ...driver, nodeID: 'm' }] } })).toEqual([
      'spec.drivers: Invalid value: {"Name":"d","NodeID":"m","TopologyKeys":["zone"],"Allocatable":null}: field is immutable',
    ])
  })

  it('is printed with their number', () => {
    expect(kind.cells({ spec: { drivers: [driver] } })).toEqual(['a', 1, '10m'])
  })
})

describe('a CSIStorageCapacity', () => {
  const kind = of('CSIStorageCapacity')

  it.each([
    [{ storageClassName: 'A' }, expect.stringContaining('storageClassName: Invalid value: "A": a lowercase RFC 1123')],
    [
      { storageClassName: 'a', capacity: '-1Gi' },
      'capacity: Invalid value: "-1Gi": must be greater than or equal to 0',
    ],
    [
      { storageClassName: 'a', nodeTopology: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      expect.stringContaining('nodeTopology.matchExpressions[0].values: Required value'),
    ],
  ])('%# is refused', (object, message) => {
    expect(kind.errors(object)).toEqual([message])
  })

  it('says for ever what it is about', () => {
    const after = { storageClassName: 'b', nodeTopology: { matchLabels: { a: '1' } } }
    expect(kind.updateErrors({ storageClassName: 'a' }, after)).toEqual([
      'nodeTopology: Invalid value: {"matchLabels":{"a":"1"}}: field is immutable',
      'storageClassName: Invalid value: "b": field is immutable',
    ])
    expect(kind.updateErrors({ storageClassName: 'a' }, { storageClassName: 'a', capacity: '1Gi' })).toEqual([])
  })

  it('is printed with its age alone, as upstream does', () => {
    expect(kind.cells({ storageClassName: 'a', capacity: '1024Mi' })).toEqual(['a', '2024-01-01T00:00:00Z'])
  })
})

describe('a VolumeAttachment', () => {
  const kind = of('VolumeAttachment')
  const spec = { attacher: 'd', nodeName: 'n', source: { persistentVolumeName: 'pv' } }
  const inline = { accessModes: ['ReadWriteOnce'], csi: { driver: 'd', volumeHandle: 'h' } }

  it.each([
    [{ ...spec, attacher: '' }, ['spec.attacher: Required value']],
    [
      { ...spec, source: {} },
      ['spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
    ],
    [
      { ...spec, source: { persistentVolumeName: 'pv', inlineVolumeSpec: inline } },
      ['spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
    ],
    [{ ...spec, source: { inlineVolumeSpec: inline } }, []],
    [
      { ...spec, source: { inlineVolumeSpec: { ...inline, capacity: { storage: '1Gi' }, storageClassName: 'x' } } },
      [
        'spec.source.inlineVolumeSpec.capacity: Forbidden: may not be specified in the context of inline volumes',
        'spec.source.inlineVolumeSpec.storageClassName: Forbidden: may not be specified in the context of inline volumes',
      ],
    ],
    [
      { ...spec, source: { inlineVolumeSpec: { ...inline, hostPath: { path: '/' } } } },
      ['spec.source.inlineVolumeSpec.csi: Forbidden: may not specify more than 1 volume type'],
    ],
  ])('%# is told what is wrong', (given, messages) => {
    expect(kind.errors({ spec: given })).toEqual(messages)
  })

  it('begins unattached; only /status changes that, and nothing changes the spec', () => {
    expect(kind.made({ spec, status: { attached: true } }).status).toEqual({ attached: false })
    const old = { spec, status: { attached: false } }
    const [main] = kind.updated(old, { spec, status: { attached: true } })
    expect(main.status).toEqual({ attached: false })
    const [status] = kind.updated(
      old,
      { metadata: { labels: { a: 'b' } }, spec: {}, status: { attached: true } },
      { subresource: 'status' },
    )
    expect(status).toMatchObject({ spec, status: { attached: true } })
    expect(status.metadata?.labels).toBeUndefined()
    expect(kind.updateErrors(old, { spec: { ...spec, nodeName: 'm' } })).toEqual([
      'spec: Invalid value: {"Attacher":"d","Source":{"PersistentVolumeName":"pv","InlineVolumeSpec":null},"NodeName":"m"}: field is immutable',
    ])
  })

  it('is printed with its place', () => {
    expect(kind.cells({ spec, status: { attached: true } })).toEqual(['a', 'd', 'pv', 'n', true, '10m'])
  })
})
