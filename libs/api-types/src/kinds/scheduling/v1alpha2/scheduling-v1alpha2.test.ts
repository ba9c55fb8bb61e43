import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../testing/entry-under-test.ts'

const gang = { gang: { minCount: 2 } }

describe('a Workload', () => {
  const kind = entryUnderTest('scheduling.k8s.io', 'v1alpha2', 'Workload')
  const template = { name: 't', schedulingPolicy: gang }

  it('is off by default', () => {
    expect(kind.entry).toMatchObject({ enabledByDefault: false, featureGate: 'GenericWorkload' })
  })

  it.each([
    [{ podGroupTemplates: [template] }, []],
    [{}, ['spec.podGroupTemplates: Required value']],
    [
      { podGroupTemplates: Array.from({ length: 9 }, (_, i) => ({ ...template, name: `t${i}` })) },
      ['spec.podGroupTemplates: Too many: 9: must have at most 8 items'],
    ],
    [
      { podGroupTemplates: [{ name: 'T', schedulingPolicy: {} }] },
      [
        expect.stringContaining('spec.podGroupTemplates[0].name: Invalid value: "T"'),
        'spec.podGroupTemplates[0].schedulingPolicy: Invalid value: "": must specify one of: `basic`, `gang`',
      ],
    ],
    [
      { podGroupTemplates: [{ name: 't', schedulingPolicy: { basic: {}, gang: { minCount: -1 } } }] },
      [
        'spec.podGroupTemplates[0].schedulingPolicy: Invalid value: "{basic, gang}": must specify exactly one of: `basic`, `gang`',
        'spec.podGroupTemplates[0].schedulingPolicy.gang.minCount: Invalid value: -1: must be greater than or equal to 1',
      ],
    ],
    [
      { controllerRef: { apiGroup: 'batch', kind: '', name: 'a/b' }, podGroupTemplates: [template] },
      [
        'spec.controllerRef.kind: Required value',
        'spec.controllerRef.name: Invalid value: "a/b": may not contain \'/\'',
      ],
    ],
  ])('%# is told what is wrong', (spec, messages) => {
    expect(kind.errors({ spec })).toEqual(messages)
  })

  it('has no fields of gates that are off, and does not change', () => {
    const made = kind.made({
      spec: { podGroupTemplates: [{ ...template, priority: 1, resourceClaims: [{ name: 'c' }] }] },
    })
    expect(made.spec).toEqual({ podGroupTemplates: [template] })
    const old = { spec: { podGroupTemplates: [template] } }
    expect(kind.updateErrors(old, { spec: { podGroupTemplates: [{ ...template, name: 'u' }] } })).toEqual([
      'spec.podGroupTemplates: Invalid value: null: field is immutable',
    ])
  })
})

describe('a PodGroup', () => {
  const kind = entryUnderTest('scheduling.k8s.io', 'v1alpha2', 'PodGroup')
  const old = { spec: { schedulingPolicy: gang } }

  it('names the template that it was made from', () => {
    expect(kind.errors({ spec: { schedulingPolicy: gang, podGroupTemplateRef: {} } })).toEqual([
      'spec.podGroupTemplateRef: Invalid value: "": must specify one of: `workload`',
    ])
    const workload = { workloadName: 'w', podGroupTemplateName: '' }
    expect(kind.errors({ spec: { schedulingPolicy: gang, podGroupTemplateRef: { workload } } })).toEqual([
      'spec.podGroupTemplateRef.workload.podGroupTemplateName: Required value',
    ])
  })

  it('does not change but in its status', () => {
    expect(kind.updateErrors(old, { spec: { schedulingPolicy: { basic: {} } } })).toEqual([
      'spec.schedulingPolicy: Invalid value: null: field is immutable',
    ])
    const status = { conditions: [{ type: 'PodGroupScheduled', status: 'Maybe', reason: '1' }] }
    expect(kind.updateErrors(old, { ...old, status }, { subresource: 'status' })).toEqual([
      'status.conditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
      'status.conditions[0].lastTransitionTime: Required value',
      expect.stringContaining('status.conditions[0].reason: Invalid value: "1": a condition reason must start'),
    ])
    expect(kind.updated(old, { ...old, status })[0].status).toBeUndefined()
  })

  it.each([
    [[], 'Pending'],
    [[{ type: 'PodGroupScheduled', status: 'True' }], 'Scheduled'],
    [[{ type: 'PodGroupScheduled', status: 'False' }], 'Unschedulable'],
    [[{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }], 'PreemptionByScheduler'],
  ])('with %j is printed as %s', (conditions, state) => {
    expect(kind.cells({ ...old, status: { conditions } })).toEqual(['a', 'Gang', '<none>', state, '10m'])
  })
})
