import type { Deployment, DeploymentStatus, ReplicaSet } from '@kubets/api-types'
import { describe, expect, test } from 'vitest'
import { sameTemplate, templateHash } from '../../pods/template-hash.ts'
import { proportionalSizes } from './proportion.ts'
import { annotationsFor, lastRevision, nextRevision, revisionAnnotation } from './revision.ts'
import { maxSurge, maxUnavailable, newReplicas } from './sizes.ts'
import { progressCheck, rolloutStatus } from './status.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const deployment = (replicas: number, more: object = {}, status: DeploymentStatus = {}) =>
  ({
    metadata: { name: 'web', generation: 1 },
    spec: {
      replicas,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      ...more,
    },
    status,
  }) as unknown as Deployment
const set = (name: string, replicas: number, more: { annotations?: object; status?: object; created?: number } = {}) =>
  ({
    metadata: {
      name,
      annotations: more.annotations,
      creationTimestamp: new Date(now + (more.created ?? 0) * 1_000).toISOString(),
    },
    spec: { replicas },
    status: more.status,
  }) as unknown as ReplicaSet

test.each([
  [10, '25%', '25%', 3, 2],
  [1, '25%', '25%', 1, 0],
  [2, '0%', '1%', 0, 1],
  [4, 1, 0, 1, 0],
  [2, 0, 5, 0, 2],
  [0, '25%', '25%', 0, 0],
])('%i replicas with surge %s and unavailable %s: %i more, %i fewer', (replicas, surge, unavailable, more, fewer) => {
  const rolling = {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
  }
  const of = deployment(replicas, rolling)
  expect([maxSurge(of), maxUnavailable(of)]).toEqual([more, fewer])
})

test('a Deployment that recreates has no surge, and its new ReplicaSet is whole at once', () => {
  const of = deployment(4, { strategy: { type: 'Recreate' } })
  expect([maxSurge(of), maxUnavailable(of), newReplicas(of, [set('old', 4)], set('new', 0))]).toEqual([0, 0, 4])
})

test('the new ReplicaSet grows into the room that surge leaves, not beyond the size', () => {
  const of = deployment(10)
  expect(newReplicas(of, [set('old', 10), set('new', 0)], set('new', 0))).toBe(3)
  expect(newReplicas(of, [set('old', 13), set('new', 0)], set('new', 0))).toBe(0)
  expect(newReplicas(of, [set('old', 1), set('new', 9)], set('new', 9))).toBe(10)
})

describe('a Deployment scaled in the middle of a rollout', () => {
  const max = (count: number) => ({ annotations: { 'deployment.kubernetes.io/max-replicas': String(count) } })
  const sizes = (of: Deployment, sets: ReplicaSet[]) =>
    Object.fromEntries(proportionalSizes(of, sets).map(({ set, size }) => [set.metadata?.name, size]))

  test.each([
    [15, [8, 5], { old: 12, new: 7 }],
    [5, [8, 5], { old: 4, new: 3 }],
    [0, [8, 5], { old: 0, new: 0 }],
  ])('to %i: %j become %j', (replicas, [old, fresh], expected) => {
    const sets = [set('old', old as number, max(13)), set('new', fresh as number, { ...max(13), created: 5 })]
    expect(sizes(deployment(replicas), sets)).toEqual(expected)
  })

  test('of two of one size the younger gets more, and loses less', () => {
    const sets = [set('old', 5, max(10)), set('new', 5, { ...max(10), created: 5 })]
    const strict = (replicas: number) =>
      deployment(replicas, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } })
    expect(sizes(strict(11), sets)).toEqual({ new: 6, old: 5 })
    expect(sizes(strict(9), sets)).toEqual({ old: 4, new: 5 })
  })
})

describe('revisions', () => {
  const at = (revision: string, more: object = {}) =>
    set('s', 1, { annotations: { [revisionAnnotation]: revision, ...more } })

  test('the last one is the second highest', () => {
    expect(lastRevision([at('1'), at('4'), at('3'), at('x')])).toBe(3n)
    expect(lastRevision([at('1')])).toBe(0n)
  })

  test('numbers past what a double holds are counted exactly, what is no number of 64 bits not at all', () => {
    const high = at('3546343826724305832')
    expect(nextRevision([high, at('9223372036854775808'), at('x'), at('2')])).toBe(3546343826724305833n)
    expect(annotationsFor(deployment(1), set('t', 0), nextRevision([high]), 'existing')).toEqual({
      [revisionAnnotation]: '3546343826724305833',
    })
    expect(lastRevision([high, at('3546343826724305833')])).toBe(3546343826724305832n)
  })

  test('a template that comes back keeps the numbers that it had, the oldest leave when it is too long', () => {
    const history = 'deployment.kubernetes.io/revision-history'
    expect(annotationsFor(deployment(1), at('2', { [history]: '1' }), 5n, 'existing')).toEqual({
      [revisionAnnotation]: '5',
      [history]: '1,2',
    })
    const long = Array.from({ length: 500 }, (_, i) => 1_000 + i).join(',')
    const grown = annotationsFor(deployment(1), at('1500', { [history]: long }), 1_501n, 'existing')?.[history] ?? ''
    expect(grown.length).toBeLessThanOrEqual(2_000)
    expect(grown.endsWith(',1499,1500')).toBe(true)
  })

  test('annotations are copied to the ReplicaSet, but not those that each has of its own', () => {
    const of = deployment(3)
    of.metadata = {
      annotations: { team: 'x', [revisionAnnotation]: '9', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    }
    expect(annotationsFor(of, set('s', 0), 1n, 'new')).toEqual({
      team: 'x',
      [revisionAnnotation]: '1',
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
    })
    expect(annotationsFor(of, at('1', { team: 'x' }), 1n, 'existing')).toBeUndefined()
  })
})

describe('progress', () => {
  const progressing = (seconds: number, reason = 'ReplicaSetUpdated', status = 'True') => ({
    type: 'Progressing',
    status,
    reason,
    lastUpdateTime: new Date(now - seconds * 1_000).toISOString(),
    lastTransitionTime: '2025-01-01T00:00:00Z',
  })
  const told = (of: Deployment, sets: ReplicaSet[], newSet: ReplicaSet | undefined) =>
    rolloutStatus(of, sets, newSet, now).conditions?.find(({ type }) => type === 'Progressing')

  test('each step has its time, and the transition keeps its own', () => {
    const fresh = set('new', 2, { status: { replicas: 1 } })
    const of = deployment(2, {}, { conditions: [progressing(100)] })
    expect(told(of, [fresh], fresh)).toMatchObject({
      reason: 'ReplicaSetUpdated',
      message: 'ReplicaSet "new" is progressing.',
      lastUpdateTime: '2026-01-01T12:00:00Z',
      lastTransitionTime: '2025-01-01T00:00:00Z',
    })
  })

  test('it ends well when all replicas are new and available', () => {
    const fresh = set('new', 2, { status: { replicas: 2, readyReplicas: 2, availableReplicas: 2 } })
    const of = deployment(2, {}, { conditions: [progressing(100)] })
    expect(told(of, [fresh], fresh)).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' })
  })

  test.each([
    [600, 'ReplicaSetUpdated'],
    [601, 'ProgressDeadlineExceeded'],
  ])('after %i seconds without a step the reason is %s', (seconds, reason) => {
    const fresh = set('new', 2, { status: { replicas: 1 } })
    const of = deployment(2, {}, { replicas: 1, updatedReplicas: 1, conditions: [progressing(seconds)] })
    expect(told(of, [fresh], fresh)?.reason).toBe(reason)
  })

  test('the next look is when the deadline has passed', () => {
    const status = { replicas: 1, updatedReplicas: 1, conditions: [progressing(100)] }
    expect(progressCheck(deployment(2, {}, status), status, now)).toBe(501_000)
    const complete = { ...status, replicas: 2, updatedReplicas: 2, availableReplicas: 2, observedGeneration: 1 }
    expect(progressCheck(deployment(2, {}, status), complete, now)).toBeUndefined()
  })

  test("a ReplicaSet's failure is the Deployment's", () => {
    const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' }
    const fresh = set('new', 2, { status: { replicas: 0, conditions: [failure] } })
    const { conditions } = rolloutStatus(deployment(2), [fresh], fresh, now)
    expect(conditions).toContainEqual(failure)
  })
})

test("a template's hash is of its content, spells no word, and is another one after a collision", () => {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'a' }] } }
  const reordered = { spec: { containers: [{ image: 'a', name: 'c' }] }, metadata: { labels: { app: 'web' } } }
  const hash = templateHash(template, undefined)
  expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
  expect(templateHash(reordered, undefined)).toBe(hash)
  expect(templateHash(template, 1)).not.toBe(hash)
  const hashed = { ...template, metadata: { labels: { app: 'web', 'pod-template-hash': 'x' } } }
  expect(sameTemplate(template, hashed)).toBe(true)
  expect(sameTemplate(template, { ...hashed, spec: { containers: [{ name: 'c', image: 'b' }] } })).toBe(false)
})
