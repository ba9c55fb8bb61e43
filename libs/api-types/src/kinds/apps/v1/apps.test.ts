import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../testing/entry-under-test.ts'
import type { KubeObject } from '../../../wire.ts'

const of = (kind: string) => entryUnderTest('apps', 'v1', kind)

const podSpec = { containers: [{ name: 'c', image: 'busybox:1' }] }
const template = { metadata: { labels: { app: 'web' } }, spec: podSpec }
const selector = { matchLabels: { app: 'web' } }
const spec = (more: object = {}) => ({ spec: { selector, template, ...more } })
const generation = (object: KubeObject) => object.metadata?.generation

describe('a Deployment', () => {
  const kind = of('Deployment')

  it('has upstream’s defaults and its first generation', () => {
    const { metadata, spec: made, status } = kind.made({ ...spec(), status: { replicas: 9 } })
    expect(metadata).toMatchObject({ generation: 1 })
    expect(status).toEqual({})
    expect(made).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      template: { spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst' } },
    })
    expect(made).not.toHaveProperty('template.spec.enableServiceLinks')
    expect(kind.errors(spec())).toEqual([])
    expect(kind.made(spec({ strategy: { type: 'Recreate' } }))).toMatchObject({
      spec: { strategy: { type: 'Recreate' } },
    })
  })

  const rolling = (maxUnavailable: unknown, maxSurge: unknown) =>
    spec({ strategy: { rollingUpdate: { maxUnavailable, maxSurge } } })

  it.each([
    [spec({ replicas: -1 }), 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [
      spec({ minReadySeconds: 600 }),
      'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
    ],
    [
      spec({ strategy: { type: 'Recreate', rollingUpdate: {} } }),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      spec({ strategy: { type: 'Blue' } }),
      'spec.strategy: Unsupported value: {"Type":"Blue","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
    ],
    [rolling(0, 0), 'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    [
      rolling('0%', '0%'),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
    ],
    [
      rolling('101%', 1),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      rolling(-1, 1),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      spec({ selector: { matchLabels: { app: 'db' } } }),
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
    [spec({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    [
      spec({ template: { ...template, spec: { ...podSpec, restartPolicy: 'Never' } } }),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      spec({ template: { ...template, spec: { ...podSpec, activeDeadlineSeconds: 5 } } }),
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
  ])('%j is refused: %s', (object, message) => {
    expect(kind.errors(object)).toEqual([message])
  })

  it('without a selector is told so, and that nothing matches', () => {
    expect(kind.errors({ spec: { template } })).toEqual([
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ])
    const unknown = { matchExpressions: [{ key: 'app', operator: 'Like' }] }
    expect(kind.errors(spec({ selector: unknown }))).toEqual([
      'spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
      `spec.selector: Invalid value: ${JSON.stringify(unknown)}: invalid label selector`,
    ])
  })

  it('counts changes of spec and annotations, not what is only written another way', () => {
    const cpu = (value: string) =>
      spec({
        template: {
          ...template,
          spec: { containers: [{ name: 'c', image: 'busybox:1', resources: { requests: { cpu: value } } }] },
        },
      })
    const after = (now: object, before: object = spec()) => generation(kind.updated(before, now)[0])
    const first = { metadata: { generation: 3 } }
    expect(after({ ...spec({ replicas: 2 }), ...first }, { ...spec(), ...first })).toBe(4)
    expect(after({ ...spec(), metadata: { annotations: { a: 'b' } } }, { ...spec(), ...first })).toBe(4)
    expect(after({ ...spec(), metadata: { labels: { a: 'b' } } }, { ...spec(), ...first })).toBe(3)
    expect(after(spec({ minReadySeconds: 0, paused: false }), { ...spec(), ...first })).toBe(3)
    expect(after(cpu('1000m'), { ...cpu('1'), ...first })).toBe(3)
    expect(after(cpu('1100m'), { ...cpu('1'), ...first })).toBe(4)
  })

  it('keeps its selector, and its status from the main resource', () => {
    const other = spec({ selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } })
    expect(kind.updateErrors(spec(), other)).toEqual([
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Exists"}]}: field is immutable',
    ])
    const [next] = kind.updated({ ...spec(), status: { replicas: 1 } }, { ...spec(), status: { replicas: 2 } })
    expect(next.status).toEqual({ replicas: 1 })
  })

  it('lets /status change the status alone', () => {
    const before = { ...spec(), metadata: { labels: { a: 'b' } }, status: { collisionCount: 2 } }
    const status = { replicas: 1, readyReplicas: 2, availableReplicas: 3, collisionCount: 1 }
    const after = { ...spec({ replicas: 7 }), metadata: { labels: { a: 'c' } }, status }
    const [next] = kind.updated(before, after, { subresource: 'status' })
    expect(next).toMatchObject({ metadata: { labels: { a: 'b' } }, spec: { replicas: 1 } })
    expect(kind.updateErrors(before, after, { subresource: 'status' })).toEqual([
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ])
  })

  it('warns of names that make no hostnames, and of its template while that changes', () => {
    const negative = spec({ template: { ...template, spec: { ...podSpec, terminationGracePeriodSeconds: -1 } } })
    const { strategy } = kind.entry
    const [named, template1] =
      strategy.warnings?.(kind.made({ ...negative, metadata: { name: 'a.b' } }), undefined) ?? []
    expect(named).toBe(
      'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
    )
    expect(template1).toBe(
      'spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    )
    const [same, old] = kind.updated(negative, negative)
    expect(strategy.warnings?.(same, old)).toEqual([])
    const [changed, before] = kind.updated(spec(), negative)
    expect(strategy.warnings?.(changed, before)).toHaveLength(1)
  })

  it('shows its replicas, and in a wide row its containers', () => {
    const status = { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 3 }
    expect(kind.cells({ ...spec({ replicas: 4 }), status })).toEqual([
      'a',
      '1/4',
      2,
      3,
      '10m',
      'c',
      'busybox:1',
      'app=web',
    ])
  })

  it('does not let anyone own what its endpoints take from the store', () => {
    const { resetFields } = kind.entry.strategy
    expect([resetFields?.(''), resetFields?.('status')]).toEqual([['status'], ['spec', 'metadata.labels']])
  })
})

describe('a ReplicaSet', () => {
  const kind = of('ReplicaSet')

  it('has one replica and reports whole counts', () => {
    expect(kind.made(spec())).toMatchObject({
      metadata: { generation: 1 },
      spec: { replicas: 1 },
      status: { replicas: 0 },
    })
    expect(kind.errors(spec())).toEqual([])
    expect(kind.errors(spec({ replicas: -1, minReadySeconds: -1, selector: {} }))).toEqual([
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ])
    const status = { replicas: 1, fullyLabeledReplicas: 2, terminatingReplicas: -1 }
    expect(kind.updateErrors(spec(), { ...spec(), status }, { subresource: 'status' })).toEqual([
      'status.terminatingReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas',
    ])
  })

  it('shows its selector', () => {
    const status = { replicas: 2, readyReplicas: 1 }
    expect(kind.cells({ ...spec({ replicas: 3 }), status })).toEqual(['a', 3, 2, 1, '10m', 'c', 'busybox:1', 'app=web'])
    expect(kind.cells({}).at(-1)).toBe('<none>')
  })
})

describe('a DaemonSet', () => {
  const kind = of('DaemonSet')
  const annotation = 'deprecated.daemonset.template.generation'

  it('has upstream’s defaults and counts its templates in an annotation', () => {
    const made = kind.made(spec())
    expect(made).toMatchObject({
      metadata: { generation: 1, annotations: { [annotation]: '1' } },
      spec: {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        revisionHistoryLimit: 10,
      },
    })
    expect(made.spec).not.toHaveProperty('replicas')
    expect(kind.errors(spec())).toEqual([])
    const given = { ...spec(), metadata: { annotations: { [annotation]: '5' } } }
    expect(kind.made(given).metadata?.annotations).toEqual({ [annotation]: '5' })
  })

  it('raises both counts with its template, one with the rest', () => {
    const before = { ...spec(), metadata: { generation: 4, annotations: { [annotation]: '2' } } }
    const counts = (after: object) => {
      const { metadata } = kind.updated(before, after)[0]
      return [metadata?.generation, metadata?.annotations?.[annotation]]
    }
    const other = { ...template, spec: { containers: [{ name: 'c', image: 'busybox:2' }] } }
    expect(counts(spec({ template: other }))).toEqual([5, '3'])
    expect(counts(spec({ minReadySeconds: 1 }))).toEqual([5, '2'])
    expect(counts({ ...spec(), metadata: { annotations: { [annotation]: '9' } } })).toEqual([4, '2'])
  })

  const rolling = (maxUnavailable: unknown, maxSurge: unknown) =>
    spec({ updateStrategy: { rollingUpdate: { maxUnavailable, maxSurge } } })
  const path = 'spec.updateStrategy.rollingUpdate'

  it.each([
    [rolling(0, 0), `${path}.maxUnavailable: Required value: cannot be 0 when maxSurge is 0`],
    [rolling(1, '10%'), `${path}.maxSurge: Invalid value: "10%": may not be set when maxUnavailable is non-zero`],
    [
      spec({ updateStrategy: { type: 'Never' } }),
      'spec.updateStrategy: Unsupported value: {"Type":"Never","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
    ],
    [spec({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    [
      spec({ template: { ...template, spec: { ...podSpec, activeDeadlineSeconds: 5 } } }),
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
    ],
  ])('%j is refused: %s', (object, message) => {
    expect(kind.errors(object)).toEqual([message])
  })

  it('shows where it runs', () => {
    const status = {
      desiredNumberScheduled: 5,
      currentNumberScheduled: 4,
      numberReady: 3,
      updatedNumberScheduled: 2,
      numberAvailable: 1,
    }
    const chosen = { ...template, spec: { ...podSpec, nodeSelector: { disk: 'ssd' } } }
    expect(kind.cells({ ...spec({ template: chosen }), status })).toEqual([
      'a',
      5,
      4,
      3,
      2,
      1,
      'disk=ssd',
      '10m',
      'c',
      'busybox:1',
      'app=web',
    ])
  })
})

describe('a StatefulSet', () => {
  const kind = of('StatefulSet')

  it('has upstream’s defaults; a named strategy gets no parameters', () => {
    const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }
    expect(kind.made(spec({ volumeClaimTemplates: [claim] }))).toMatchObject({
      metadata: { generation: 1 },
      status: { replicas: 0 },
      spec: {
        replicas: 1,
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        revisionHistoryLimit: 10,
        volumeClaimTemplates: [
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            spec: { volumeMode: 'Filesystem' },
            status: { phase: 'Pending' },
          },
        ],
      },
    })
    expect(kind.made(spec({ updateStrategy: { type: 'RollingUpdate' } })).spec).toMatchObject({
      updateStrategy: { type: 'RollingUpdate' },
    })
    expect(kind.errors(spec())).toEqual([])
  })

  it('drops what waits behind a gate, unless it had it', () => {
    const gated = spec({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } })
    expect(kind.made(gated)).toMatchObject({ spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } })
    expect(kind.made(gated)).not.toHaveProperty('spec.updateStrategy.rollingUpdate.maxUnavailable')
    expect(kind.updated(gated, gated)[0]).toHaveProperty('spec.updateStrategy.rollingUpdate.maxUnavailable', 2)
  })

  it.each([
    [
      spec({ podManagementPolicy: 'Any' }),
      "spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'",
    ],
    [
      spec({ updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }),
      'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
    ],
    [
      spec({ updateStrategy: { type: 'Now' } }),
      'spec.updateStrategy: Invalid value: {"Type":"Now","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
    ],
    [
      spec({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Keep' } }),
      'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Retain", "Delete"',
    ],
    [spec({ ordinals: { start: -1 } }), 'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0'],
    [spec({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
    [
      spec({ template: { ...template, spec: { ...podSpec, activeDeadlineSeconds: 5 } } }),
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
    ],
  ])('%j is refused: %s', (object, message) => {
    expect(kind.errors(object)).toEqual([message])
  })

  it('checks its service’s name once, and its own as a label', () => {
    expect(kind.errors(spec({ serviceName: 'a_b' }))[0]).toContain('spec.serviceName: Invalid value: "a_b"')
    expect(kind.updateErrors(spec({ serviceName: 'a_b' }), spec({ serviceName: 'a_b', replicas: 2 }))).toEqual([])
    expect(kind.errors({ ...spec(), metadata: { name: 'a.b' } })[0]).toBe(
      'metadata.name: Invalid value: "a.b": must not contain dots',
    )
  })

  it('lends its claims to the template as volumes', () => {
    const mounts = [{ name: 'data', mountPath: '/data' }]
    const mounting = { ...template, spec: { containers: [{ name: 'c', image: 'busybox:1', volumeMounts: mounts }] } }
    const claims = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ]
    expect(kind.errors(spec({ template: mounting, volumeClaimTemplates: claims }))).toEqual([])
    expect(kind.errors(spec({ template: mounting }))[0]).toContain('volumeMounts[0].name: Not found: "data"')
  })

  it('changes only what upstream lets it', () => {
    const allowed = spec({ replicas: 3, minReadySeconds: 1, ordinals: { start: 1 }, revisionHistoryLimit: 1 })
    expect(kind.updateErrors(spec(), allowed)).toEqual([])
    expect(kind.updateErrors(spec(), spec({ podManagementPolicy: 'Parallel' }))).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ])
  })

  it('shows how many are ready', () => {
    expect(kind.cells({ ...spec({ replicas: 3 }), status: { readyReplicas: 2 } })).toEqual([
      'a',
      '2/3',
      '10m',
      'c',
      'busybox:1',
    ])
  })
})

describe('a ControllerRevision', () => {
  const kind = of('ControllerRevision')

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
