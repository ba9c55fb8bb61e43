import type { Job } from '@kubets/api-types'
import { describe, expect, test } from 'vitest'
import { type PodInfo, toPodInfo } from '../../pods/pod-info.ts'
import { afterEnds, remainingPause } from './back-off.ts'
import { Indexes, pendingIndexes } from './indexes.ts'
import { nextIndexes, surplusPods, wantedActive } from './manage.ts'
import { observe, verdict } from './observe.ts'
import { judgeFailure, metSuccessRule } from './policies.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const job = (spec: object, status: object = {}) =>
  ({ metadata: { name: 'j', uid: 'job' }, spec: { backoffLimit: 6, ...spec }, status }) as unknown as Job
const pod = (
  uid: string,
  phase: string,
  more: { index?: number; failures?: number; seconds?: number } = {},
): PodInfo => {
  const { index = -1, failures = 0, seconds = 0 } = more
  return {
    ...toPodInfo({
      metadata: {
        name: uid,
        namespace: 'n',
        uid,
        finalizers: ['batch.kubernetes.io/job-tracking'],
        annotations: {
          'batch.kubernetes.io/job-completion-index': String(index),
          'batch.kubernetes.io/job-index-failure-count': String(failures),
        },
        ownerReferences: [{ kind: 'Job', name: 'j', uid: 'job', controller: true }],
        creationTimestamp: new Date(now - seconds * 1_000).toISOString(),
      },
      status: { phase },
    } as never),
  }
}
const see = (of: Job, pods: PodInfo[]) => observe(of, pods, new Set(), now)

describe('completion indexes', () => {
  test.each([
    ['', ''],
    ['0', '0'],
    ['1,0', '0,1'],
    ['3-5,1', '1,3-5'],
    ['2-9', '2-4'],
    ['7', ''],
    ['x,1', '1'],
  ])('%j of five are %j', (text, canonical) => {
    expect(String(Indexes.parse(text, text === '3-5,1' ? 9 : 5))).toBe(canonical)
  })

  test('the first that nobody has', () => {
    expect(pendingIndexes(3, 6, [new Indexes([0, 2]), new Indexes([3])])).toEqual([1, 4, 5])
  })
})

test('the pause grows with each failure since the last success', () => {
  const none = { failures: 0, lastFailure: 0 }
  const failed = afterEnds(none, [], [pod('a', 'Failed', { seconds: 5 }), pod('b', 'Failed', { seconds: 20 })])
  expect(failed).toEqual({ failures: 2, lastFailure: now - 5_000 })
  expect(remainingPause(failed, now)).toBe(15_000)
  expect(remainingPause({ failures: 20, lastFailure: now }, now)).toBe(600_000)
  expect(afterEnds(failed, [pod('c', 'Succeeded', { seconds: 1 })], [pod('d', 'Failed', { seconds: 3 })])).toEqual(none)
})

test('how many pods should run', () => {
  expect(wantedActive(see(job({ completions: 5, parallelism: 3 }, { succeeded: 3 }), []))).toBe(2)
  expect(wantedActive(see(job({ parallelism: 3 }), []))).toBe(3)
  const queue = [pod('a', 'Succeeded'), pod('b', 'Running')]
  expect(wantedActive(see(job({ parallelism: 3 }), queue))).toBe(1)
  expect(wantedActive(see(job({ completions: 5, suspend: true }), []))).toBe(0)
})

test('pods of an index twice or beyond the last go first', () => {
  const of = job({ completions: 2, completionMode: 'Indexed' })
  const pods = [
    pod('a', 'Running', { index: 0, seconds: 100 }),
    pod('b', 'Running', { index: 0, seconds: 1 }),
    pod('c', 'Running', { index: 5 }),
    pod('d', 'Running', { index: 1 }),
  ]
  expect(surplusPods(see(of, pods), 0).map(({ name }) => name)).toEqual(['b', 'c'])
})

test('with a limit for each index the others go on, and a failed one waits longer each time', () => {
  const spec = { completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 1 }
  const first = see(job(spec), [pod('a', 'Failed', { index: 1, seconds: 4 })])
  expect(String(first.indexesFailed)).toBe('')
  expect(first.held.get(1)?.name).toBe('a')
  expect(nextIndexes(first, 3)).toEqual({ indexes: [0, 2] })
  const busy = [pod('b', 'Running', { index: 0 }), pod('c', 'Running', { index: 2 })]
  expect(nextIndexes(see(job(spec), [...first.pods, ...busy]), 1)).toEqual({ indexes: [], wait: 6_000 })
  const second = see(job(spec), [pod('d', 'Failed', { index: 1, failures: 1 })])
  expect(String(second.indexesFailed)).toBe('1')
})

test('the first rule of the failure policy that fits decides', () => {
  const rules = [
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [1] } },
  ]
  const of = job({ podFailurePolicy: { rules } })
  const ended = (code: number, conditions: [string, string][] = []): PodInfo => {
    const base = pod('a', 'Failed')
    return { ...base, job: { ...(base.job as NonNullable<PodInfo['job']>), exits: [{ name: 'c', code }], conditions } }
  }
  expect(judgeFailure(of, ended(9, [['DisruptionTarget', 'True']]))).toEqual({ action: 'Ignore', counts: false })
  expect(judgeFailure(of, ended(9)).failsJob).toContain('failed with exit code 9 matching FailJob rule at index 1')
  expect(judgeFailure(of, ended(1))).toEqual({ counts: true })
})

test('a success policy is met by the right indexes, or by enough of them', () => {
  const of = (rule: object) => job({ completions: 9, successPolicy: { rules: [rule] } })
  const done = new Indexes([0, 2, 3])
  expect(metSuccessRule(of({ succeededIndexes: '2-3' }), done)).toBe('Matched rules at index 0')
  expect(metSuccessRule(of({ succeededIndexes: '2-5' }), done)).toBeUndefined()
  expect(metSuccessRule(of({ succeededIndexes: '2-5', succeededCount: 2 }), done)).toBe('Matched rules at index 0')
  expect(metSuccessRule(of({ succeededCount: 4 }), done)).toBeUndefined()
})

test.each([
  ['too many failures', { backoffLimit: 1 }, { failed: 2 }, 'BackoffLimitExceeded'],
  ['too much time', { activeDeadlineSeconds: 10 }, { startTime: '2026-01-01T11:59:50Z' }, 'DeadlineExceeded'],
  ['time left', { activeDeadlineSeconds: 11 }, { startTime: '2026-01-01T11:59:50Z' }, undefined],
])('the verdict after %s', (_, spec, status, reason) => {
  expect(verdict(see(job(spec, status), []))?.reason).toBe(reason)
})
