import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'

const kind = entryUnderTest('policy', 'v1', 'PodDisruptionBudget')
const selector = { matchLabels: { app: 'web' } }
const spec = (more: object = {}) => ({ spec: { minAvailable: 1, selector, ...more } })

describe('a PodDisruptionBudget', () => {
  it('begins without a status, in its first generation', () => {
    expect(kind.made({ ...spec(), status: { disruptionsAllowed: 5 } })).toMatchObject({
      metadata: { generation: 1 },
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    })
    expect(kind.errors(spec())).toEqual([])
    expect(kind.errors({ spec: {} })).toEqual([])
  })

  it.each([
    [
      spec({ maxUnavailable: '50%' }),
      'spec: Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":{"app":"web"}},"MaxUnavailable":"50%","UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ],
    [spec({ minAvailable: '101%' }), 'spec.minAvailable: Invalid value: "101%": must not be greater than 100%'],
    [spec({ minAvailable: -1 }), 'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
    [
      spec({ minAvailable: 'half' }),
      "spec.minAvailable: Invalid value: \"half\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
    [
      spec({ unhealthyPodEvictionPolicy: 'Never' }),
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
    [
      spec({ selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  ])('%j is refused: %s', (object, message) => {
    expect(kind.errors(object)).toEqual([message])
  })

  it('is named by what fits into a path', () => {
    expect(kind.errors({ ...spec(), metadata: { name: 'A_b' } })).toEqual([])
    expect(kind.errors({ ...spec(), metadata: { name: 'a/b' } })).toEqual([
      'metadata.name: Invalid value: "a/b": may not contain \'/\'',
    ])
  })

  it('may keep label values that were never valid', () => {
    const old = spec({ selector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['-'] }] } })
    expect(kind.errors(old)).toHaveLength(1)
    expect(kind.updateErrors(old, { spec: { ...old.spec, minAvailable: 2 } })).toEqual([])
  })

  it('loses the old marker among its expressions; alone it stays', () => {
    const marker = { key: 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match', operator: 'Exists' }
    const alone = { matchExpressions: [marker] }
    expect(kind.made(spec({ selector: alone }))).toMatchObject({ spec: { selector: alone } })
    const mixed = { matchLabels: { app: 'web' }, matchExpressions: [marker] }
    expect(kind.made(spec({ selector: mixed }))).toMatchObject({
      spec: { selector: { matchLabels: { app: 'web' }, matchExpressions: [] } },
    })
  })

  it('checks what its controller reports', () => {
    const status = { disruptionsAllowed: -1, conditions: [{ type: 'A', status: 'True', reason: 'B' }] }
    expect(kind.updateErrors(spec(), { ...spec(), status }, { subresource: 'status' })).toEqual([
      'status.conditions[0].lastTransitionTime: Required value',
      'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
    ])
  })

  it('shows what it allows', () => {
    expect(kind.cells({ ...spec(), status: { disruptionsAllowed: 2 } })).toEqual(['a', '1', 'N/A', 2, '10m'])
    expect(kind.cells({ spec: { maxUnavailable: '50%' } })).toEqual(['a', 'N/A', '50%', 0, '10m'])
    expect(kind.entry.strategy.allowUnconditionalUpdate).toBe(false)
  })
})
