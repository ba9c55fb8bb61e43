import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'
import { podSpec, template, workload } from '../testing/workload.ts'

describe('a StatefulSet', () => {
  const kind = entryUnderTest('apps', 'v1', 'StatefulSet')

  it('has upstream’s defaults; a named strategy gets no parameters', () => {
    const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }
    expect(kind.made(workload({ volumeClaimTemplates: [claim] }))).toMatchObject({
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
    expect(kind.made(workload({ updateStrategy: { type: 'RollingUpdate' } })).spec).toMatchObject({
      updateStrategy: { type: 'RollingUpdate' },
    })
    expect(kind.errors(workload())).toEqual([])
  })

  it('drops what waits behind a gate, unless it had it', () => {
    const gated = workload({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } })
    expect(kind.made(gated)).toMatchObject({ spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } })
    expect(kind.made(gated)).not.toHaveProperty('spec.updateStrategy.rollingUpdate.maxUnavailable')
    expect(kind.updated(gated, gated)[0]).toHaveProperty('spec.updateStrategy.rollingUpdate.maxUnavailable', 2)
  })

  it.each([
    [
      workload({ podManagementPolicy: 'Any' }),
      "spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'",
    ],
    [
      workload({ updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }),
      'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
    ],
    [
      workload({ updateStrategy: { type: 'Now' } }),
      'spec.updateStrategy: Invalid value: {"Type":"Now","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
    ],
    [
      workload({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Keep' } }),
      'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Retain", "Delete"',
    ],
    [
      workload({ ordinals: { start: -1 } }),
      'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
    ],
    [workload({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
    [
      workload({ template: { ...template, spec: { ...podSpec, activeDeadlineSeconds: 5 } } }),
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
    ],
  ])('%j is refused: %s', (object, message) => {
    expect(kind.errors(object)).toEqual([message])
  })

  it('checks its service’s name once, and its own as a label', () => {
    expect(kind.errors(workload({ serviceName: 'a_b' }))[0]).toContain('spec.serviceName: Invalid value: "a_b"')
    expect(kind.updateErrors(workload({ serviceName: 'a_b' }), workload({ serviceName: 'a_b', replicas: 2 }))).toEqual(
      [],
    )
    expect(kind.errors({ ...workload(), metadata: { name: 'a.b' } })[0]).toBe(
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
    expect(kind.errors(workload({ template: mounting, volumeClaimTemplates: claims }))).toEqual([])
    expect(kind.errors(workload({ template: mounting }))[0]).toContain('volumeMounts[0].name: Not found: "data"')
  })

  it('changes only what upstream lets it', () => {
    const allowed = workload({ replicas: 3, minReadySeconds: 1, ordinals: { start: 1 }, revisionHistoryLimit: 1 })
    expect(kind.updateErrors(workload(), allowed)).toEqual([])
    expect(kind.updateErrors(workload(), workload({ podManagementPolicy: 'Parallel' }))).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ])
  })

  it('shows how many are ready', () => {
    expect(kind.cells({ ...workload({ replicas: 3 }), status: { readyReplicas: 2 } })).toEqual([
      'a',
      '2/3',
      '10m',
      'c',
      'busybox:1',
    ])
  })
})
