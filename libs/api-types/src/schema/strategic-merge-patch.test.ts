import { applyStrategicMergePatch, type JsonObject } from '@kubets/apimachinery'
import { describe, expect, it } from 'vitest'
import { builtinSchemas } from './schema.ts'

const { patch: podSchema } = builtinSchemas.get('io.k8s.api.core.v1.Pod')
const apply = (target: unknown, patch: unknown) =>
  applyStrategicMergePatch(target as JsonObject, patch as JsonObject, podSchema)
const pod = (spec: object) => ({ spec })

describe('a strategic merge patch', () => {
  it.each([
    [
      'merges items by their key',
      pod({
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'y' },
        ],
      }),
      pod({ containers: [{ name: 'b', image: 'z' }] }),
      pod({
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'z' },
        ],
      }),
    ],
    [
      'adds items that are new before those it does not name',
      pod({ containers: [{ name: 'a' }] }),
      pod({ containers: [{ name: 'b' }] }),
      pod({ containers: [{ name: 'b' }, { name: 'a' }] }),
    ],
    [
      'deletes items',
      pod({ containers: [{ name: 'a' }, { name: 'b' }] }),
      pod({ containers: [{ name: 'a', $patch: 'delete' }] }),
      pod({ containers: [{ name: 'b' }] }),
    ],
    [
      'replaces a list on demand',
      pod({ containers: [{ name: 'a' }, { name: 'b' }] }),
      pod({ containers: [{ name: 'c' }, { $patch: 'replace' }] }),
      pod({ containers: [{ name: 'c' }] }),
    ],
    [
      'replaces lists without a key',
      pod({ containers: [{ name: 'a', args: ['1', '2'] }] }),
      pod({ containers: [{ name: 'a', args: ['3'] }] }),
      pod({ containers: [{ name: 'a', args: ['3'] }] }),
    ],
    [
      'keeps the client’s order',
      pod({ containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] }),
      pod({ '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }], containers: [{ name: 'a', image: 'x' }] }),
      pod({ containers: [{ name: 'b' }, { name: 'c' }, { name: 'a', image: 'x' }] }),
    ],
    [
      'unites lists of finalizers in the order of the patch',
      { metadata: { finalizers: ['a'] } },
      { metadata: { finalizers: ['b', 'a'] } },
      { metadata: { finalizers: ['b', 'a'] } },
    ],
    [
      'deletes from lists of plain values',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
      { metadata: { finalizers: ['b'] } },
    ],
    [
      'takes a list as it is where there was none',
      pod({}),
      pod({
        containers: [
          { name: 'a', image: 'x' },
          { name: 'a', image: null },
          { $patch: 'merge', name: 'b' },
          { image: 'y' },
        ],
      }),
      pod({ containers: [{ name: 'a', image: 'x' }, { name: 'a' }, { image: 'y' }] }),
    ],
    [
      'leaves out what says how to merge where there was nothing',
      pod({ hostname: 'h' }),
      pod({ securityContext: { $patch: 'replace', runAsUser: 1 }, affinity: { nodeAffinity: { $patch: 'delete' } } }),
      pod({ hostname: 'h', affinity: {} }),
    ],
    [
      'deletes with null',
      { metadata: { labels: { a: '1', b: '2' } } },
      { metadata: { labels: { a: null } } },
      { metadata: { labels: { b: '2' } } },
    ],
    [
      'keeps only the retained keys of a volume',
      pod({ volumes: [{ name: 'v', emptyDir: {} }] }),
      pod({ volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] }),
      pod({ volumes: [{ name: 'v', hostPath: { path: '/x' } }] }),
    ],
    [
      'merges conditions by type',
      { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
      { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
      { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
    ],
  ])('%s', (_what, target, patch, expected) => {
    expect(apply(target, patch)).toEqual(expected)
  })

  it('names the merge key that is missing', () => {
    expect(() => apply(pod({ containers: [] }), pod({ containers: [{ image: 'x' }] }))).toThrow(
      'does not contain declared merge key: name',
    )
  })
})
