import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'

const kind = entryUnderTest('scheduling.k8s.io', 'v1', 'PriorityClass')

describe('a PriorityClass', () => {
  it('preempts unless it says otherwise', () => {
    const object = kind.made({ value: 1 })
    expect(object).toMatchObject({ preemptionPolicy: 'PreemptLowerPriority', metadata: { generation: 1 } })
  })

  it.each([
    [{ value: 1_000_000_001 }, ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000']],
    [{ preemptionPolicy: '' }, ['preemptionPolicy: Required value']],
    [
      { preemptionPolicy: 'Odd' },
      ['preemptionPolicy: Unsupported value: "Odd": supported values: "PreemptLowerPriority", "Never"'],
    ],
    [
      { metadata: { name: 'system-mine' } },
      [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
      ],
    ],
    [{ metadata: { name: 'system-node-critical' }, value: 2_000_001_000 }, []],
    [
      { metadata: { name: 'system-node-critical' }, value: 1 },
      [expect.stringContaining('error: value of system-node-critical PriorityClass must be 2000001000')],
    ],
  ])('%# is told what is wrong', (object, messages) => {
    expect(kind.errors(object)).toEqual(messages)
  })

  it('keeps its value', () => {
    expect(kind.updateErrors({ value: 1 }, { value: 2, preemptionPolicy: 'Never' })).toEqual([
      'value: Forbidden: may not be changed in an update.',
      'preemptionPolicy: Invalid value: "Never": field is immutable',
    ])
  })

  it('is printed with its value', () => {
    expect(kind.cells({ value: 5, preemptionPolicy: 'Never' })).toEqual(['a', 5, false, '10m', 'Never'])
  })
})
