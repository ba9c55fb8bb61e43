import type { Pod } from '@kubets/api-types'
import { describe, expect, test } from 'vitest'
import { podState } from '../runtime/pod-state.ts'
import { container, pod, ran, sandbox } from '../testing/pods.ts'
import type { StatusFacts } from './facts.ts'
import { podStatus } from './pod-status.ts'
import { statusPatch } from './status-patch.ts'

const now = Date.parse('2026-01-01T00:02:00Z')
const facts = (given: Pod, more: Partial<StatusFacts> = {}): StatusFacts => ({
  pod: given,
  runtime: podState([], []),
  waiting: new Map(),
  ready: () => true,
  started: () => true,
  terminated: false,
  failure: undefined,
  hostIp: '10.0.0.1',
  startTime: now,
  now,
  runtimeName: 'containerd',
  terminationMessages: new Map(),
  ...more,
})
const two = { containers: [container('a'), container('b')] }
const init = { initContainers: [container('i')], containers: [container('c')] }

describe('phase', () => {
  test.each([
    ['nothing runs yet', {}, [], false, 'Pending'],
    ['all run', two, [ran('a', 'running'), ran('b', 'running')], false, 'Running'],
    ['one is not yet there', two, [ran('a', 'running')], false, 'Pending'],
    ['one has ended and will be started again', two, [ran('a', 'running'), ran('b', { exit: 1 })], false, 'Running'],
    ['init containers run', init, [ran('i', 'running')], false, 'Pending'],
    [
      'all have ended but the sandbox still stands',
      { ...two, restartPolicy: 'Never' },
      [ran('a', { exit: 0 }), ran('b', { exit: 0 })],
      false,
      'Running',
    ],
    [
      'all have succeeded',
      { ...two, restartPolicy: 'Never' },
      [ran('a', { exit: 0 }), ran('b', { exit: 0 })],
      true,
      'Succeeded',
    ],
    [
      'one has failed',
      { ...two, restartPolicy: 'Never' },
      [ran('a', { exit: 0 }), ran('b', { exit: 2 })],
      true,
      'Failed',
    ],
    [
      'an init container has failed for good',
      { ...init, restartPolicy: 'Never' },
      [ran('i', { exit: 1 })],
      true,
      'Failed',
    ],
  ] as const)('%s', (_name, spec, containers, terminated, expected) => {
    const status = podStatus(facts(pod(spec), { runtime: podState([sandbox()], containers), terminated }), {
      phase: 'Running',
    })
    expect(status.phase).toBe(expected)
  })
})

describe('containers', () => {
  test('before anything runs they are waiting', () => {
    const { containerStatuses, initContainerStatuses } = podStatus(facts(pod(init)), undefined)
    expect(initContainerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } })
    expect(containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } })
    expect(podStatus(facts(pod({})), undefined).containerStatuses?.[0]?.state).toEqual({
      waiting: { reason: 'ContainerCreating' },
    })
  })

  test('in back-off the end is the last state and the reason the state', () => {
    const runtime = podState(
      [sandbox()],
      [ran('c', { exit: 3 }, { attempt: 2 }), ran('c', { exit: 1 }, { attempt: 1 })],
    )
    const waiting = new Map([['c', { reason: 'CrashLoopBackOff', message: 'back-off 20s' }]])
    const messages = new Map([['c-2', 'last words']])
    const [status] =
      podStatus(facts(pod({}), { runtime, waiting, terminationMessages: messages }), undefined).containerStatuses ?? []
    expect(status).toMatchObject({
      restartCount: 2,
      ready: false,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s' } },
      lastState: {
        terminated: { exitCode: 3, reason: 'Error', message: 'last words', containerID: 'containerd://c-2' },
      },
    })
  })

  test('a running one shows how the one before it ended', () => {
    const runtime = podState(
      [sandbox()],
      [ran('c', 'running', { attempt: 1 }), ran('c', { exit: 137 }, { reason: 'OOMKilled' })],
    )
    expect(podStatus(facts(pod({}), { runtime }), undefined).containerStatuses?.[0]).toMatchObject({
      state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
      restartCount: 1,
      started: true,
      ready: true,
    })
  })

  test('one that ran and of which nothing is left is reported lost', () => {
    const given = pod({}, { status: { containerStatuses: [{ name: 'c', restartCount: 1, state: { running: {} } }] } })
    expect(podStatus(facts(given, { terminated: true }), given.status).containerStatuses?.[0]?.state).toEqual({
      terminated: {
        exitCode: 137,
        reason: 'ContainerStatusUnknown',
        message: 'The container could not be located when the pod was terminated',
      },
    })
  })
})

describe('conditions', () => {
  const conditionsOf = (given: Pod, more: Partial<StatusFacts>, previous?: Pod['status']) =>
    new Map(podStatus(facts(given, more), previous).conditions?.map(c => [c.type, c]))
  const running = podState([sandbox()], [ran('a', 'running'), ran('b', 'running')])

  test('unready containers are named', () => {
    const found = conditionsOf(pod(two), { runtime: running, ready: name => name === 'a' })
    expect(found.get('Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [b]',
    })
  })

  test('readiness gates hold back Ready only', () => {
    const given = pod({ ...two, readinessGates: [{ conditionType: 'x/y' }] })
    const found = conditionsOf(given, { runtime: running })
    expect(found.get('ContainersReady')?.status).toBe('True')
    expect(found.get('Ready')).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "x/y" does not exist.',
    })
  })

  test('times change only with the status', () => {
    const first = podStatus(facts(pod(two), { runtime: running, now: now - 60_000 }), undefined)
    const second = conditionsOf(pod(two), { runtime: running, ready: () => false }, first)
    expect(second.get('Initialized')?.lastTransitionTime).toBe('2026-01-01T00:01:00Z')
    expect(second.get('Ready')?.lastTransitionTime).toBe('2026-01-01T00:02:00Z')
  })

  test('those of others stay', () => {
    const given = pod(two, { status: { conditions: [{ type: 'x/y', status: 'True' }] } })
    expect(conditionsOf(given, { runtime: running }).get('x/y')?.status).toBe('True')
  })
})

test('an ended pod keeps its address', () => {
  const previous = podStatus(facts(pod({}), { runtime: podState([sandbox()], [ran('c', 'running')]) }), undefined)
  expect(previous.podIPs).toEqual([{ ip: '10.0.0.5' }])
  const gone = podState([sandbox({ state: 'SANDBOX_NOTREADY', network: null })], [ran('c', { exit: 0 })])
  expect(podStatus(facts(pod({}), { runtime: gone, terminated: true }), previous).podIP).toBe('10.0.0.5')
})

test('a patch takes out what is gone and leaves what belongs to others', () => {
  const old = { phase: 'Running', reason: 'X', podIP: '1.1.1.1', podIPs: [{ ip: '1.1.1.1' }] } as Pod['status']
  const next = {
    phase: 'Running',
    podIP: '2.2.2.2',
    podIPs: [{ ip: '2.2.2.2' }],
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'x/y', status: 'True' },
    ],
  } as NonNullable<Pod['status']>
  expect(statusPatch('u', next, old)).toEqual({
    metadata: { uid: 'u' },
    status: {
      phase: 'Running',
      reason: null,
      podIP: '2.2.2.2',
      podIPs: [{ ip: '2.2.2.2' }, { $patch: 'delete', ip: '1.1.1.1' }],
      conditions: [{ type: 'Ready', status: 'True', reason: null, message: null }],
    },
  })
})
