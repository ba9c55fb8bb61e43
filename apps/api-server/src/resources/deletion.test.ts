import { defineKind, type KubeObject, plainStrategy, type ResourceEntry } from '@kubets/api-types'
import { describe, expect, it } from 'vitest'
import { beginDeletion } from './deletion.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const kind = (more: object = {}): ResourceEntry =>
  defineKind({ group: 'g', version: 'v1', kind: 'K', resource: 'ks', strategy: plainStrategy, ...more })
const graceful = kind({ strategy: { ...plainStrategy, gracePeriod: (_: KubeObject, s?: number) => s ?? 30 } })
const none = { gracePeriodSeconds: undefined, propagationPolicy: undefined, orphanDependents: undefined }
const begin = (entry: ResourceEntry, metadata: object, how: object = {}) =>
  beginDeletion(entry, { metadata } as KubeObject, { ...none, ...how }, now)
const meta = (deletion: ReturnType<typeof begin>) =>
  deletion.do === 'put' ? deletion.object.metadata : deletion.do === 'delete' ? deletion.first?.metadata : undefined

describe('the finalizers of a deletion', () => {
  it.each<[string, object, string[], object, string[]]>([
    ['none by default', {}, [], {}, []],
    ['Foreground waits for dependents', {}, [], { propagationPolicy: 'Foreground' }, ['foregroundDeletion']],
    ['Orphan lets them go', {}, [], { propagationPolicy: 'Orphan' }, ['orphan']],
    ['orphanDependents is the old Orphan', {}, [], { orphanDependents: true }, ['orphan']],
    ['… and its opposite takes both away', {}, ['orphan', 'a/b'], { orphanDependents: false }, ['a/b']],
    ['Background takes both away', {}, ['foregroundDeletion'], { propagationPolicy: 'Background' }, []],
    [
      'one replaces the other, others stay',
      {},
      ['orphan', 'a/b'],
      { propagationPolicy: 'Foreground' },
      ['a/b', 'foregroundDeletion'],
    ],
    ['what stands on the object counts when nothing is said', {}, ['foregroundDeletion'], {}, ['foregroundDeletion']],
    ['a kind may orphan by default', { defaultPropagation: 'Orphan' }, [], {}, ['orphan']],
    [
      '… unless the request says otherwise',
      { defaultPropagation: 'Orphan' },
      [],
      { propagationPolicy: 'Background' },
      [],
    ],
    [
      'a kind without dependents never gets them',
      { defaultPropagation: 'Unsupported' },
      [],
      { propagationPolicy: 'Orphan' },
      [],
    ],
  ])('%s', (_what, more, finalizers, how, expected) => {
    const deletion = begin(kind(more), { finalizers }, how)
    expect(deletion.do).toBe(expected.length === 0 ? 'delete' : 'put')
    if (expected.length > 0) {
      expect(meta(deletion)?.finalizers).toEqual(expected)
      expect(meta(deletion)).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 })
    }
  })
})

describe('a grace period', () => {
  it('is written into the object, and counts as a change', () => {
    const deletion = begin(graceful, { generation: 3 })
    expect([deletion.do, meta(deletion)]).toEqual([
      'put',
      { generation: 4, deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 },
    ])
  })

  it('of nothing shows the object marked before it goes', () => {
    expect(begin(graceful, {}, { gracePeriodSeconds: 0 })).toEqual({
      do: 'delete',
      first: { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 } },
    })
  })

  const running = { deletionTimestamp: '2026-01-01T00:00:20Z', deletionGracePeriodSeconds: 30 }
  it.each<[number | undefined, string, object | undefined]>([
    [undefined, 'nothing', undefined],
    [40, 'nothing', undefined],
    [15, 'put', { deletionTimestamp: '2026-01-01T00:00:05Z', deletionGracePeriodSeconds: 15 }],
    // its time is over, yet somebody has to end it
    [5, 'put', { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 1 }],
    [-7, 'put', { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 1 }],
    [0, 'delete', { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 }],
  ])('that runs can only become shorter: %s', (gracePeriodSeconds, what, expected) => {
    const deletion = begin(graceful, running, { gracePeriodSeconds })
    expect([deletion.do, meta(deletion)]).toEqual([what, expected])
  })
})

describe('a namespace', () => {
  const namespace = kind({ group: '', kind: 'Namespace', resource: 'namespaces' })
  it('is Terminating first, even an empty one', () => {
    const deletion = begin(namespace, {})
    expect(deletion).toMatchObject({ do: 'put', object: { status: { phase: 'Terminating' } } })
  })
  it('stays while its spec has finalizers', () => {
    const object = { metadata: { deletionTimestamp: 'x' }, spec: { finalizers: ['kubernetes'] } } as never
    expect(beginDeletion(namespace, object, none, now)).toEqual({ do: 'nothing' })
  })
})
