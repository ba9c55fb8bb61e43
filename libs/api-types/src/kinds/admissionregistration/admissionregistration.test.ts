import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../testing/entry-under-test.ts'

const group = 'admissionregistration.k8s.io'
const webhook = {
  name: 'a.example.com',
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  clientConfig: { service: { name: 'a', namespace: 'b' } },
  rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
}

describe('a webhook', () => {
  const kind = entryUnderTest(group, 'v1', 'MutatingWebhookConfiguration')

  it('is completed', () => {
    expect(kind.made({ webhooks: [webhook] })).toMatchObject({
      metadata: { generation: 1 },
      webhooks: [
        {
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          reinvocationPolicy: 'Never',
          namespaceSelector: {},
          objectSelector: {},
          timeoutSeconds: 10,
          clientConfig: { service: { port: 443 } },
          rules: [{ scope: '*' }],
        },
      ],
    })
  })

  it.each([
    ['side effects', { sideEffects: 'Some' }],
    ['review versions', { admissionReviewVersions: ['v2'] }],
    ['label values', { objectSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['-'] }] } }],
    ['match conditions', { matchConditions: [{ name: '', expression: 'true' }] }],
  ])('may keep the %s that it had', (_, part) => {
    const old = { webhooks: [{ ...webhook, ...part }] }
    expect(kind.errors(old)).toHaveLength(1)
    expect(kind.updateErrors(old, { ...old, metadata: { labels: { a: 'b' } } })).toEqual([])
    expect(kind.updateErrors({ webhooks: [webhook] }, old)).toEqual(kind.errors(old))
  })

  it('may keep a name that is there twice', () => {
    const twice = { webhooks: [webhook, webhook] }
    expect(kind.updateErrors(twice, twice)).toEqual([])
    expect(kind.updateErrors({ webhooks: [webhook] }, twice)).toEqual([
      'webhooks[1].name: Duplicate value: "a.example.com"',
    ])
  })

  it('counts its changes', () => {
    const generation = (after: object) =>
      kind.updated({ metadata: { generation: 4 }, webhooks: [webhook] }, after)[0].metadata?.generation
    expect(generation({ webhooks: [webhook], metadata: { labels: { a: 'b' }, generation: 4 } })).toBe(4)
    expect(generation({ webhooks: [{ ...webhook, timeoutSeconds: 3 }] })).toBe(5)
  })

  it('is counted in its row', () => {
    expect(kind.cells({ webhooks: [webhook, webhook] })).toEqual(['a', 2, '10m'])
    expect(kind.cells({})).toEqual(['a', 0, '10m'])
  })
})

describe('a validating policy', () => {
  const kind = entryUnderTest(group, 'v1', 'ValidatingAdmissionPolicy')
  const spec = {
    matchConstraints: { resourceRules: webhook.rules },
    validations: [{ expression: 'true' }],
    matchConditions: [{ name: '', expression: 'true' }],
  }

  it('looks at match conditions again when the parameters change', () => {
    expect(kind.updateErrors({ spec }, { spec })).toEqual([])
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' }
    expect(kind.updateErrors({ spec }, { spec: { ...spec, paramKind } })).toEqual([
      'spec.matchConditions[0].name: Required value',
    ])
  })

  it('gets its status from the status endpoint only', () => {
    const status = { observedGeneration: 2 }
    expect(kind.made({ spec, status })).toMatchObject({ status: {} })
    expect(kind.updated({ spec }, { spec, status })[0]).not.toHaveProperty('status')
    const [next] = kind.updated(
      { spec },
      { spec: {}, status, metadata: { labels: { a: 'b' } } },
      { subresource: 'status' },
    )
    expect(next).toMatchObject({ status, spec: { validations: spec.validations } })
    expect(next.metadata).not.toHaveProperty('labels')
  })

  it('checks its status', () => {
    const status = { typeChecking: { expressionWarnings: [{}] }, conditions: [{ type: 'A', status: 'X' }] }
    expect(kind.updateErrors({ spec }, { spec, status }, { subresource: 'status' })).toEqual([
      'status.typeChecking.expressionWarnings[0].warning: Required value',
      'status.typeChecking.expressionWarnings[0].fieldRef: Required value',
      'status.conditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
      'status.conditions[0].lastTransitionTime: Required value',
      'status.conditions[0].reason: Required value',
    ])
  })

  it('shows its rules and parameters', () => {
    expect(kind.cells({ spec })).toEqual(['a', 1, '<unset>', '10m'])
    expect(kind.cells({ spec: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } } })).toEqual([
      'a',
      0,
      'v1/ConfigMap',
      '10m',
    ])
  })
})

describe('a binding', () => {
  it.each([
    [undefined, '<unset>'],
    [{ name: 'x' }, '*/x'],
    [{ name: 'x', namespace: 'y' }, 'y/x'],
    [
      { selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'k', operator: 'In', values: ['v', 'w'] }] } },
      '&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[v w],},},}',
    ],
  ])('shows its parameters %j', (paramRef, shown) => {
    for (const name of ['ValidatingAdmissionPolicyBinding', 'MutatingAdmissionPolicyBinding']) {
      const spec = { policyName: 'p', ...(paramRef && { paramRef }) }
      expect(entryUnderTest(group, 'v1', name).cells({ spec })).toEqual(['a', 'p', shown, '10m'])
    }
  })

  it('of v1alpha1 denies where there are no parameters', () => {
    const object = { spec: { policyName: 'p', paramRef: { name: 'x' } } }
    expect(entryUnderTest(group, 'v1alpha1', 'MutatingAdmissionPolicyBinding').errors(object)).toEqual([])
    expect(entryUnderTest(group, 'v1beta1', 'MutatingAdmissionPolicyBinding').errors(object)).toEqual([
      'spec.paramRef.parameterNotFoundAction: Required value',
    ])
  })
})

describe('a mutating policy', () => {
  it('is served in three versions, of which v1 is on', () => {
    const on = ['v1', 'v1beta1', 'v1alpha1'].map(
      version => entryUnderTest(group, version, 'MutatingAdmissionPolicy').entry.enabledByDefault,
    )
    expect(on).toEqual([true, false, false])
  })
})
