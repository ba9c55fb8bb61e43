import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'
import { podSpec, template, workload } from '../testing/workload.ts'

describe('a DaemonSet', () => {
  const kind = entryUnderTest('apps', 'v1', 'DaemonSet')
  const annotation = 'deprecated.daemonset.template.generation'

  it('has upstream’s defaults and counts its templates in an annotation', () => {
    const made = kind.made(workload())
    expect(made).toMatchObject({
      metadata: { generation: 1, annotations: { [annotation]: '1' } },
      spec: {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        revisionHistoryLimit: 10,
      },
    })
    expect(made.spec).not.toHaveProperty('replicas')
    expect(kind.errors(workload())).toEqual([])
    const given = { ...workload(), metadata: { annotations: { [annotation]: '5' } } }
    expect(kind.made(given).metadata?.annotations).toEqual({ [annotation]: '5' })
  })

  it('raises both counts with its template, one with the rest', () => {
    const before = { ...workload(), metadata: { generation: 4, annotations: { [annotation]: '2' } } }
    const counts = (after: object) => {
      const { metadata } = kind.updated(before, after)[0]
      return [metadata?.generation, metadata?.annotations?.[annotation]]
    }
    const other = { ...template, spec: { containers: [{ name: 'c', image: 'busybox:2' }] } }
    expect(counts(workload({ template: other }))).toEqual([5, '3'])
    expect(counts(workload({ minReadySeconds: 1 }))).toEqual([5, '2'])
    expect(counts({ ...workload(), metadata: { annotations: { [annotation]: '9' } } })).toEqual([4, '2'])
  })

  const rolling = (maxUnavailable: unknown, maxSurge: unknown) =>
    workload({ updateStrategy: { rollingUpdate: { maxUnavailable, maxSurge } } })
  const path = 'spec.updateStrategy.rollingUpdate'

  it.each([
    [rolling(0, 0), `${path}.maxUnavailable: Required value: cannot be 0 when maxSurge is 0`],
    [rolling(1, '10%'), `${path}.maxSurge: Invalid value: "10%": may not be set when maxUnavailable is non-zero`],
    [
      workload({ updateStrategy: { type: 'Never' } }),
      'spec.updateStrategy: Unsupported value: {"Type":"Never","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
    ],
    [workload({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    [
      workload({ template: { ...template, spec: { ...podSpec, activeDeadlineSeconds: 5 } } }),
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
    expect(kind.cells({ ...workload({ template: chosen }), status })).toEqual([
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
