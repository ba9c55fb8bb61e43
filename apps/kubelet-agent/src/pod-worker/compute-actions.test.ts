import { expect, test } from 'vitest'
import { podState } from '../runtime/pod-state.ts'
import { container, pod, ran, sandbox } from '../testing/pods.ts'
import { computeActions, type ProbeResults } from './compute-actions.ts'

const healthy: ProbeResults = { failed: () => undefined, started: () => true }
const two = { containers: [container('a'), container('b')] }
const init = { initContainers: [container('i'), container('j')], containers: [container('c')] }
const side = { initContainers: [container('s', { restartPolicy: 'Always' })], containers: [container('c')] }

/** What is done, in short: `+x` starts x, `-x` stops x. */
function done(given: ReturnType<typeof computeActions>): string {
  return [
    given.killPod ? 'kill' : '',
    given.sandbox ? '' : `sandbox ${given.attempt}`,
    ...given.stop.map(s => `-${s.status.metadata?.name}`),
    ...given.start.map(c => `+${c.name}`),
  ]
    .filter(word => word !== '')
    .join(' ')
}

test.each([
  ['a new pod gets a sandbox and all containers', two, [], [], 'sandbox 0 +a +b'],
  ['a new pod with init containers begins with the first', init, [], [], 'sandbox 0 +i'],
  ['nothing is done while all runs', two, [sandbox()], [ran('a', 'running'), ran('b', 'running')], ''],
  ['a container that has ended is started again', two, [sandbox()], [ran('a', 'running'), ran('b', { exit: 0 })], '+b'],
  [
    'one that was made but never started is made again',
    two,
    [sandbox()],
    [ran('a', 'created'), ran('b', 'running')],
    '+a',
  ],
  [
    'with Never it is not',
    { ...two, restartPolicy: 'Never' },
    [sandbox()],
    [ran('a', 'running'), ran('b', { exit: 1 })],
    '',
  ],
  [
    'with OnFailure only when it failed',
    { ...two, restartPolicy: 'OnFailure' },
    [sandbox()],
    [ran('a', { exit: 0 }), ran('b', { exit: 1 })],
    '+b',
  ],
  [
    'a dead sandbox is replaced with all that ran in it',
    two,
    [sandbox({ state: 'SANDBOX_NOTREADY' })],
    [ran('a', { exit: 137 })],
    'kill sandbox 1 +a +b',
  ],
  [
    'not for a pod that has done its work',
    { ...two, restartPolicy: 'OnFailure' },
    [sandbox({ state: 'SANDBOX_NOTREADY' })],
    [ran('a', { exit: 0 }), ran('b', { exit: 0 })],
    'sandbox 1',
  ],
  [
    'nor for one that is never restarted',
    { ...two, restartPolicy: 'Never' },
    [sandbox({ state: 'SANDBOX_NOTREADY' })],
    [ran('a', { exit: 1 })],
    'sandbox 1',
  ],
  ['the next init container waits for the one before it', init, [sandbox()], [ran('i', 'running')], ''],
  ['and starts when that has succeeded', init, [sandbox()], [ran('i', { exit: 0 })], '+j'],
  ['a failed init container is tried again', init, [sandbox()], [ran('i', { exit: 1 })], '+i'],
  ['but not with Never', { ...init, restartPolicy: 'Never' }, [sandbox()], [ran('i', { exit: 1 })], ''],
  ['after the last one the others start', init, [sandbox()], [ran('i', { exit: 0 }), ran('j', { exit: 0 })], '+c'],
  ['init containers are not run again beside running ones', init, [sandbox()], [ran('c', 'running')], ''],
  ['a sidecar comes first', side, [sandbox()], [], '+s'],
  ['and the others beside it', side, [sandbox()], [ran('s', 'running')], '+c'],
  ['a sidecar is started again at any time', side, [sandbox()], [ran('s', { exit: 1 }), ran('c', 'running')], '+s'],
  [
    'another image restarts the container',
    { containers: [container('a', { image: 'busybox:2' })] },
    [sandbox()],
    [ran('a', 'running')],
    '-a +a',
  ],
  [
    'two live sandboxes are one too many',
    two,
    [sandbox(), sandbox({ id: 'x', createdAt: '999' })],
    [ran('a', 'running')],
    'kill sandbox 1 +a +b',
  ],
] as const)('%s', (_name, spec, sandboxes, containers, expected) => {
  expect(done(computeActions(pod(spec), podState(sandboxes, containers), healthy))).toBe(expected)
})

test('a container whose liveness probe fails is stopped with the reason and started again', () => {
  const actions = computeActions(pod({}), podState([sandbox()], [ran('c', 'running')]), {
    ...healthy,
    failed: () => 'liveness',
  })
  expect(actions.stop[0]?.message).toBe('Container c failed liveness probe, will be restarted')
  expect(done(actions)).toBe('-c +c')
})

test('containers wait for a sidecar whose startup probe has not passed', () => {
  const actions = computeActions(pod(side), podState([sandbox()], [ran('s', 'running')]), {
    ...healthy,
    started: () => false,
  })
  expect(done(actions)).toBe('')
})
