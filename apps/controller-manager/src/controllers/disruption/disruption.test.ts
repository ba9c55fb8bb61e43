import type { PodDisruptionBudget } from '@kubets/api-types'
import { describe, expect, it } from 'vitest'
import { toPodInfo } from '../../pods/pod-info.ts'
import { expectedPods } from './expected-pods.ts'
import { disruptedPods, failedStatus, statusOf } from './status.ts'

const now = Date.parse('2026-01-01T00:10:00Z')
const budget = (spec: object, status?: object, generation = 1) =>
  ({ metadata: { name: 'b', namespace: 'n', generation }, spec, status }) as unknown as PodDisruptionBudget
const pod = (name: string, { ready = true, owner = 'set' as string | null, deleting = false } = {}) =>
  toPodInfo({
    metadata: {
      name,
      namespace: 'n',
      ...(deleting ? { deletionTimestamp: '2026-01-01T00:09:00Z' } : {}),
      ...(owner === null
        ? {}
        : {
            ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
          }),
    },
    spec: { containers: [] },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  } as never)
const scaleOf = ({ controller }: { controller?: { uid: string } | undefined }) =>
  controller === undefined ? undefined : { uid: controller.uid, replicas: 4 }

describe('the pods that a budget expects', () => {
  const three = [pod('a'), pod('b'), pod('c')]
  it.each([
    ['a number that must be there', { minAvailable: 2 }, three, { expected: 3, desired: 2, unmanaged: false }],
    ['a share of what is wanted', { minAvailable: '50%' }, three, { expected: 4, desired: 2, unmanaged: false }],
    ['a number that may be missing', { maxUnavailable: 1 }, three, { expected: 4, desired: 3, unmanaged: false }],
    ['a share that may be missing', { maxUnavailable: '30%' }, three, { expected: 4, desired: 2, unmanaged: false }],
    ['more than there are', { maxUnavailable: 9 }, three, { expected: 4, desired: 0, unmanaged: false }],
    [
      'pods that nobody controls',
      { maxUnavailable: 1 },
      [pod('a', { owner: null })],
      { expected: 0, desired: 0, unmanaged: true },
    ],
  ])('%s', (_name, spec, pods, expected) => {
    expect(expectedPods(budget(spec), pods, scaleOf)).toEqual(expected)
  })

  it('are not known when a controller is gone', () => {
    expect(() => expectedPods(budget({ maxUnavailable: 1 }), three, () => undefined)).toThrow(
      'found no controllers for pod "a"',
    )
  })
})

describe('the status', () => {
  const expected = { expected: 3, desired: 1, unmanaged: false }
  const nobody = { pods: {}, late: [], nextLook: undefined }

  it('counts healthy pods, and says how many may go', () => {
    const pods = [pod('a'), pod('b'), pod('c', { ready: false }), pod('d', { deleting: true })]
    const status = statusOf(budget({}), pods, expected, nobody, now)
    expect(status).toMatchObject({
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 3,
      disruptionsAllowed: 1,
      observedGeneration: 1,
      conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }],
    })
    expect(statusOf(budget({}, status), pods, expected, nobody, now + 9_000)).toBeUndefined()
    const changed = statusOf(budget({}, status, 2), pods, expected, nobody, now + 9_000)
    expect(changed?.conditions?.[0]?.lastTransitionTime).toBe(status?.conditions?.[0]?.lastTransitionTime)
  })

  it('of a budget without pods lets none go', () => {
    const none = { expected: 0, desired: 0, unmanaged: false }
    expect(statusOf(budget({}), [], none, nobody, now)).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [{ status: 'False', reason: 'InsufficientPods' }],
    })
  })

  it('holds evicted pods for two minutes, or until they begin to go', () => {
    const evicted = {
      a: '2026-01-01T00:09:00Z',
      b: '2026-01-01T00:07:00Z',
      c: '2026-01-01T00:09:30Z',
      gone: '2026-01-01T00:09:30Z',
    }
    const pods = [pod('a'), pod('b'), pod('c', { deleting: true })]
    const found = disruptedPods(budget({}, { disruptedPods: evicted }), pods, now)
    expect([found.pods, found.late.map(({ name }) => name), found.nextLook]).toEqual([{ a: evicted.a }, ['b'], 60_000])
    expect(statusOf(budget({}), pods, expected, found, now)).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0 })
  })

  it('that cannot be made lets none go, and says why', () => {
    const before = { currentHealthy: 3, desiredHealthy: 1, expectedPods: 3, disruptionsAllowed: 2 }
    expect(failedStatus(budget({}, before), 'why', now)).toMatchObject({
      currentHealthy: 3,
      disruptionsAllowed: 0,
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'why' }],
    })
  })
})
