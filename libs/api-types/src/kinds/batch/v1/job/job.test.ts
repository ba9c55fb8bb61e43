import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'

const kind = entryUnderTest('batch', 'v1', 'Job')

const podSpec = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1' }] }
const template = { spec: podSpec }
const uid = 'f7e1'
const spec = (more: object = {}) => ({ metadata: { name: 'pi', uid }, spec: { template, ...more } })
const indexed = (more: object = {}) => spec({ completionMode: 'Indexed', completions: 10, parallelism: 10, ...more })
const failing = (rule: object, more: object = {}) => spec({ podFailurePolicy: { rules: [rule] }, ...more })

interface Spec {
  template: { spec: { containers: object[] } }
}

/** As it is stored: with its selector, and a status. */
function stored(object: object, status: object = {}, metadata: object = {}) {
  const made = kind.made(object)
  return { ...made, spec: made.spec as Spec, metadata: { ...made.metadata, ...metadata }, status }
}

describe('a Job', () => {
  it('has upstream’s defaults and a selector of its own', () => {
    const labels = {
      'job-name': 'pi',
      'batch.kubernetes.io/job-name': 'pi',
      'controller-uid': uid,
      'batch.kubernetes.io/controller-uid': uid,
    }
    expect(kind.made(spec())).toMatchObject({
      metadata: { generation: 1, labels },
      status: {},
      spec: {
        completions: 1,
        parallelism: 1,
        backoffLimit: 6,
        completionMode: 'NonIndexed',
        suspend: false,
        podReplacementPolicy: 'TerminatingOrFailed',
        manualSelector: false,
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
        template: { metadata: { labels } },
      },
    })
    expect(kind.errors(spec())).toEqual([])
  })

  it('has other defaults where others are set', () => {
    expect(kind.made(spec({ parallelism: 3 })).spec).not.toHaveProperty('completions')
    expect(kind.made(indexed({ backoffLimitPerIndex: 1 }))).toMatchObject({ spec: { backoffLimit: 2147483647 } })
    const policy = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }
    expect(kind.made(failing(policy))).toMatchObject({
      spec: {
        podReplacementPolicy: 'Failed',
        podFailurePolicy: { rules: [{ onPodConditions: [{ status: 'True' }] }] },
      },
    })
    const labelled = kind.made(spec({ template: { metadata: { labels: { a: 'b' } }, spec: podSpec } }))
    expect(labelled.metadata?.labels).toMatchObject({ a: 'b', 'job-name': 'pi' })
    const own = { ...spec(), metadata: { name: 'pi', uid, labels: { own: 'x' } } }
    expect(kind.made(own).metadata?.labels).toEqual({ own: 'x' })
  })

  const restart = 'spec.template.spec.restartPolicy'
  it.each([
    [
      spec({ template: { spec: { ...podSpec, restartPolicy: undefined } } }),
      `${restart}: Required value: valid values: "OnFailure", "Never"`,
    ],
    [
      failing(
        { action: 'Ignore', onPodConditions: [{ type: 'a' }] },
        { template: { spec: { ...podSpec, restartPolicy: 'OnFailure' } } },
      ),
      `${restart}: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified`,
    ],
    [spec({ backoffLimit: -1 }), 'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0'],
    [
      spec({ managedBy: 'me' }),
      'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [
      spec({ completionMode: 'Some' }),
      'spec.completionMode: Unsupported value: "Some": supported values: "NonIndexed", "Indexed"',
    ],
    [
      spec({ completionMode: 'Indexed', parallelism: 2 }),
      'spec.completions: Required value: when completion mode is Indexed',
    ],
    [
      spec({ backoffLimitPerIndex: 1 }),
      'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
    ],
    [
      indexed({ backoffLimitPerIndex: 1, maxFailedIndexes: 11 }),
      'spec.maxFailedIndexes: Invalid value: 11: must be less than or equal to completions',
    ],
    [indexed({ maxFailedIndexes: 1 }), 'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified'],
    [
      indexed({ parallelism: 100_001 }),
      'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
    ],
    [
      indexed({ completions: 100_001, backoffLimitPerIndex: 1 }),
      'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
    ],
    [
      spec({ podReplacementPolicy: 'Always' }),
      'spec.podReplacementPolicy: Unsupported value: "Always": supported values: "Failed", "TerminatingOrFailed"',
    ],
    [
      spec({ successPolicy: { rules: [{ succeededCount: 1 }] } }),
      'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: requires indexed completion mode',
    ],
    [
      indexed({ successPolicy: { rules: [{ succeededIndexes: '3,1' }] } }),
      'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "3,1": error parsing succeededIndexes: non-increasing order, previous: 3, current: 1',
    ],
    [
      indexed({ successPolicy: { rules: [{ succeededIndexes: '0-2', succeededCount: 4 }] } }),
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)',
    ],
    [
      indexed({ successPolicy: { rules: [{}] } }),
      'spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified',
    ],
    [
      failing({ action: 'Stop', onPodConditions: [{ type: 'a' }] }),
      'spec.podFailurePolicy.rules[0].action: Unsupported value: "Stop": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
    ],
    [
      failing({ onPodConditions: [{ type: 'a' }] }),
      'spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
    ],
    [
      failing({ action: 'Count' }),
      'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
    ],
    [
      failing({ action: 'Count', onExitCodes: { operator: 'In', values: [3, 1] } }),
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,1]: must be ordered',
    ],
    [
      failing({ action: 'Count', onExitCodes: { operator: 'In', values: [0] } }),
      'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
    ],
    [
      failing({ action: 'Count', onExitCodes: { operator: 'In', values: [1], containerName: 'x' } }),
      'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
    ],
    [
      { ...indexed(), metadata: { name: 'a'.repeat(62), uid } },
      `metadata.name: Invalid value: "${'a'.repeat(62)}": will not able to create pod with invalid DNS label: ${'a'.repeat(62)}-9`,
    ],
  ])('%j is refused: %s', (object, message) => {
    expect(kind.errors(object)).toEqual([message])
  })

  it('with labels that say something else is refused, unless it selects by itself', () => {
    const wrong = { metadata: { labels: { 'controller-uid': 'x' } }, spec: podSpec }
    expect(kind.errors(spec({ template: wrong }))[0]).toMatch(
      /^spec\.template\.metadata\.labels\[controller-uid\]: Invalid value: \{.*\}: must be 'f7e1'$/,
    )
    expect(kind.errors(spec({ selector: { matchLabels: { a: 'b' } } }))).toContainEqual(
      expect.stringContaining('`selector` not auto-generated'),
    )
    const manual = { manualSelector: true, selector: { matchLabels: { a: 'b' } } }
    expect(kind.errors(spec({ ...manual, template: { metadata: { labels: { a: 'b' } }, spec: podSpec } }))).toEqual([])
  })
})

describe('an update of a Job', () => {
  const changed = (before: object, more: object) => {
    const after = { ...before, spec: { ...(before as { spec: object }).spec, ...more } }
    return [...new Set(kind.updateErrors(before, after))]
  }
  const withSpec = (object: object, change: object) => {
    const { template: t } = (object as { spec: { template: { spec: object } } }).spec
    return { template: { ...t, spec: { ...t.spec, ...change } } }
  }

  it('counts generations and keeps most of the spec', () => {
    const before = stored(spec(), {}, { generation: 2 })
    const [next] = kind.updated(before, { ...before, spec: { ...before.spec, suspend: true } })
    expect(next.metadata?.generation).toBe(3)
    expect(changed(before, { parallelism: 5, backoffLimit: 1, activeDeadlineSeconds: 5 })).toEqual([])
    expect(changed(before, { completions: 2 })).toEqual(['spec.completions: Invalid value: 2: field is immutable'])
    expect(changed(before, { managedBy: 'a.b/c' })).toEqual([
      'spec.managedBy: Invalid value: "a.b/c": field is immutable',
    ])
    expect(changed(before, withSpec(before, { nodeSelector: { a: 'b' } }))).toEqual([
      expect.stringMatching(/^spec\.template: Invalid value: \{.*\}: field is immutable$/),
    ])
  })

  it('lets an Indexed Job grow with its parallelism', () => {
    const before = stored(indexed())
    expect(changed(before, { completions: 12, parallelism: 12 })).toEqual([])
    expect(changed(before, { completions: 12 })).toEqual([
      'spec.completions: Invalid value: 12: can only be modified in tandem with spec.parallelism',
    ])
  })

  it('lets a suspended Job without pods choose other nodes and resources', () => {
    const status = { conditions: [{ type: 'Suspended', status: 'True' }] }
    const before = stored(spec({ suspend: true }), status)
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
        },
      },
    }
    expect(changed(before, withSpec(before, { nodeSelector: { a: 'b' }, affinity }))).toEqual([])
    const [container] = before.spec.template.spec.containers
    const limited = [{ ...container, resources: { limits: { cpu: '1' } } }]
    expect(changed(before, withSpec(before, { containers: limited }))).toEqual([])
    const renamed = [{ ...container, image: 'other' }]
    expect(changed(before, withSpec(before, { containers: renamed }))).toEqual([
      expect.stringMatching(/^spec\.template\.spec: Invalid value: \{.*\}: field is immutable$/),
    ])
    const active = { ...before, status: { ...status, active: 1 } }
    expect(changed(active, withSpec(before, { nodeSelector: { a: 'b' } }))).toHaveLength(1)
  })
})

describe('the status of a Job', () => {
  const start = '2024-01-01T00:00:00Z'
  const end = '2024-01-01T00:01:00Z'
  const met = { type: 'SuccessCriteriaMet', status: 'True' }
  const complete = { type: 'Complete', status: 'True' }
  const failed = { type: 'Failed', status: 'True' }
  const target = { type: 'FailureTarget', status: 'True' }
  const job = (status: object, object: object = spec()) => stored(object, status)
  const errors = (before: object, after: object, object?: object) =>
    kind.updateErrors(job(before, object), job(after, object), { subresource: 'status' })

  it.each([
    ['it ends well', {}, { startTime: start, completionTime: end, conditions: [met, complete] }, []],
    ['it fails', {}, { startTime: start, conditions: [target, failed] }, []],
    [
      'it ends without having begun',
      {},
      { conditions: [complete] },
      [
        'status.completionTime: Required value: completionTime is required for Complete jobs',
        'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
        'status.startTime: Required value: startTime is required for finished job',
      ],
    ],
    [
      'it ends both ways',
      {},
      { startTime: start, completionTime: end, conditions: [met, complete, target, failed] },
      [
        'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
      ],
    ],
    [
      'it runs on',
      {},
      {
        startTime: start,
        active: 1,
        ready: 2,
        conditions: [target, failed],
        uncountedTerminatedPods: { failed: ['a'] },
      },
      [
        'status.active: Invalid value: 1: active>0 is invalid for finished job',
        'status.uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a"]}: must be empty for finished job',
        'status.ready: Invalid value: 2: cannot set more ready pods than active',
      ],
    ],
    [
      'it comes back',
      { startTime: start, failed: 2, succeeded: 2, conditions: [target, failed] },
      { startTime: end, failed: 1, succeeded: 1 },
      [
        'status.conditions: Invalid value: cannot disable the terminal Failed=True condition',
        'status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition',
        'status.failed: Invalid value: 1: cannot decrease the failed counter',
        'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter',
        `status.startTime: Invalid value: "${end}": field is immutable for unsuspended job once set`,
      ],
    ],
    [
      'it counts pods twice',
      {},
      { uncountedTerminatedPods: { succeeded: ['a', ''], failed: ['a'] } },
      [
        'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
        'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
      ],
    ],
    [
      'it has indexes without having them',
      {},
      { completedIndexes: '0', failedIndexes: '0' },
      [
        'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
        'status.failedIndexes: Invalid value: "0": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
        'status.failedIndexes: Invalid value: "0": failedIndexes and completedIndexes overlap at index: 0',
      ],
    ],
  ])('when %s', (_, before, after, expected) => {
    expect(errors(before, after)).toEqual(expected)
  })

  it('is only asked about what changes', () => {
    const wrong = { completedIndexes: '99', active: 1 }
    expect(errors(wrong, { ...wrong, failed: 1 })).toEqual([])
    expect(errors({}, { completedIndexes: '0-99' }, indexed())).toEqual([
      'status.completedIndexes: Invalid value: "0-99": error parsing completedIndexes: too large index: "99"',
    ])
  })
})

describe('a row of a Job', () => {
  it.each([
    [{ completions: 3 }, { succeeded: 1, startTime: '2024-01-01T00:00:00Z' }, ['Running', '1/3', '10m']],
    [
      { completions: 3 },
      {
        startTime: '2024-01-01T00:00:00Z',
        completionTime: '2024-01-01T00:00:42Z',
        succeeded: 3,
        conditions: [{ type: 'Complete', status: 'True' }],
      },
      ['Complete', '3/3', '42s'],
    ],
    [{ parallelism: 4 }, {}, ['Running', '0/1 of 4', '']],
    [{ parallelism: 1 }, { conditions: [{ type: 'Suspended', status: 'True' }] }, ['Suspended', '0/1', '']],
  ])('of %j and %j shows %j', (more, status, expected) => {
    expect(kind.cells({ spec: { template, ...more }, status }).slice(1, 4)).toEqual(expected)
  })

  it('is found by how many ended well', () => {
    expect(kind.entry.selectableFields({ status: { succeeded: 2 } } as object)).toMatchObject({
      'status.successful': '2',
    })
  })
})
