import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'

const kind = entryUnderTest('node.k8s.io', 'v1', 'RuntimeClass')

describe('a RuntimeClass', () => {
  it.each([
    [{ handler: 'runc', overhead: { podFixed: { memory: '10Mi' } } }, []],
    [{}, ['handler: Required value']],
    [{ handler: 'A' }, [expect.stringContaining('handler: Invalid value: "A": a lowercase RFC 1123 label')]],
    [
      { handler: 'a', overhead: { podFixed: { odd: '1' } } },
      [
        'overhead.limits[odd]: Invalid value: "odd": must be a standard resource type or fully qualified',
        'overhead.limits[odd]: Invalid value: "odd": must be a standard resource for containers',
      ],
    ],
    [
      {
        handler: 'a',
        scheduling: {
          tolerations: [
            { key: 'k', operator: 'Exists' },
            { key: 'k', operator: 'Exists', tolerationSeconds: 1, effect: '' },
          ],
        },
      },
      [
        expect.stringContaining('scheduling.tolerations[1].effect'),
        'scheduling.tolerations[1]: Duplicate value: {"Key":"k","Operator":"Exists","Value":"","Effect":"","TolerationSeconds":1}',
      ],
    ],
  ])('%# is told what is wrong', (object, messages) => {
    expect(kind.errors(object)).toEqual(messages)
  })

  it('keeps its handler', () => {
    expect(kind.updateErrors({ handler: 'a' }, { handler: 'b' })).toEqual([
      'handler: Invalid value: "b": field is immutable',
    ])
  })

  it('warns of labels that go out of use', () => {
    const object = { handler: 'a', scheduling: { nodeSelector: { 'beta.kubernetes.io/arch': 'amd64' } } }
    expect(kind.entry.strategy.warnings?.(object as never, undefined)).toEqual([
      'scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/arch" instead',
    ])
  })

  it('is printed with its handler', () => {
    expect(kind.cells({ handler: 'runc' })).toEqual(['a', 'runc', '10m'])
  })
})
