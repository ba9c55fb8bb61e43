import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'
import { workload } from '../testing/workload.ts'

describe('a ReplicaSet', () => {
  const kind = entryUnderTest('apps', 'v1', 'ReplicaSet')

  it('has one replica and reports whole counts', () => {
    expect(kind.made(workload())).toMatchObject({
      metadata: { generation: 1 },
      spec: { replicas: 1 },
      status: { replicas: 0 },
    })
    expect(kind.errors(workload())).toEqual([])
    expect(kind.errors(workload({ replicas: -1, minReadySeconds: -1, selector: {} }))).toEqual([
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ])
    const status = { replicas: 1, fullyLabeledReplicas: 2, terminatingReplicas: -1 }
    expect(kind.updateErrors(workload(), { ...workload(), status }, { subresource: 'status' })).toEqual([
      'status.terminatingReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas',
    ])
  })

  it('shows its selector', () => {
    const status = { replicas: 2, readyReplicas: 1 }
    expect(kind.cells({ ...workload({ replicas: 3 }), status })).toEqual([
      'a',
      3,
      2,
      1,
      '10m',
      'c',
      'busybox:1',
      'app=web',
    ])
    expect(kind.cells({}).at(-1)).toBe('<none>')
  })
})
