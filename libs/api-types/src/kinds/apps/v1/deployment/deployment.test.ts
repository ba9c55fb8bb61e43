import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'
import { podSpec, template, workload } from '../testing/workload.ts'

describe('a Deployment', () => {
  const kind = entryUnderTest('apps', 'v1', 'Deployment')

  it('has upstream’s defaults and its first generation', () => {
    const { metadata, spec: made, status } = kind.made({ ...workload(), status: { replicas: 9 } })
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
    expect(kind.errors(workload())).toEqual([])
    expect(kind.made(workload({ strategy: { type: 'Recreate' } }))).toMatchObject({
      spec: { strategy: { type: 'Recreate' } },
    })
  })

  const rolling = (maxUnavailable: unknown, maxSurge: unknown) =>
    workload({ strategy: { rollingUpdate: { maxUnavailable, maxSurge } } })

  it.each([
    [workload({ replicas: -1 }), 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [
      workload({ minReadySeconds: 600 }),
      'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
    ],
    [
      workload({ strategy: { type: 'Recreate', rollingUpdate: {} } }),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      workload({ strategy: { type: 'Blue' } }),
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
      workload({ selector: { matchLabels: { app: 'db' } } }),
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
    [workload({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    [
      workload({ template: { ...template, spec: { ...podSpec, restartPolicy: 'Never' } } }),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      workload({ template: { ...template, spec: { ...podSpec, activeDeadlineSeconds: 5 } } }),
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
    expect(kind.errors(workload({ selector: unknown }))).toEqual([
      'spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
      `spec.selector: Invalid value: ${JSON.stringify(unknown)}: invalid label selector`,
    ])
  })

  it('counts changes of spec and annotations, not what is only written another way', () => {
    const cpu = (value: string) =>
      workload({
        template: {
          ...template,
          spec: { containers: [{ name: 'c', image: 'busybox:1', resources: { requests: { cpu: value } } }] },
        },
      })
    const after = (now: object, before: object = workload()) => kind.updated(before, now)[0].metadata?.generation
    const first = { metadata: { generation: 3 } }
    expect(after({ ...workload({ replicas: 2 }), ...first }, { ...workload(), ...first })).toBe(4)
    expect(after({ ...workload(), metadata: { annotations: { a: 'b' } } }, { ...workload(), ...first })).toBe(4)
    expect(after({ ...workload(), metadata: { labels: { a: 'b' } } }, { ...workload(), ...first })).toBe(3)
    expect(after(workload({ minReadySeconds: 0, paused: false }), { ...workload(), ...first })).toBe(3)
    expect(after(cpu('1000m'), { ...cpu('1'), ...first })).toBe(3)
    expect(after(cpu('1100m'), { ...cpu('1'), ...first })).toBe(4)
  })

  it('keeps its selector, and its status from the main resource', () => {
    const other = workload({ selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } })
    expect(kind.updateErrors(workload(), other)).toEqual([
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Exists"}]}: field is immutable',
    ])
    const [next] = kind.updated({ ...workload(), status: { replicas: 1 } }, { ...workload(), status: { replicas: 2 } })
    expect(next.status).toEqual({ replicas: 1 })
  })

  it('lets /status change the status alone', () => {
    const before = { ...workload(), metadata: { labels: { a: 'b' } }, status: { collisionCount: 2 } }
    const status = { replicas: 1, readyReplicas: 2, availableReplicas: 3, collisionCount: 1 }
    const after = { ...workload({ replicas: 7 }), metadata: { labels: { a: 'c' } }, status }
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
    const negative = workload({ template: { ...template, spec: { ...podSpec, terminationGracePeriodSeconds: -1 } } })
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
    const [changed, before] = kind.updated(workload(), negative)
    expect(strategy.warnings?.(changed, before)).toHaveLength(1)
  })

  it('shows its replicas, and in a wide row its containers', () => {
    const status = { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 3 }
    expect(kind.cells({ ...workload({ replicas: 4 }), status })).toEqual([
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
