import { expect, test } from 'vitest'
import { container, pod } from '../testing/pods.ts'
import { cpuQuota, cpuShares, linuxResources, oomScoreAdj } from './linux-resources.ts'
import { podRequests } from './pod-requests.ts'
import { qosClass } from './qos.ts'

const gi = 2 ** 30
const asks = (requests?: object, limits?: object) => container('c', { resources: { requests, limits } } as never)

test.each([
  ['BestEffort', asks()],
  ['Burstable', asks({ cpu: '100m' })],
  ['Burstable', asks({ cpu: '1', memory: '1Gi' }, { cpu: '2', memory: '1Gi' })],
  ['Guaranteed', asks({ cpu: '1', memory: '1Gi' }, { cpu: '1000m', memory: '1024Mi' })],
  ['Guaranteed', asks(undefined, { cpu: '1', memory: '1Gi' })],
  ['Burstable', asks(undefined, { cpu: '1' })],
])('%s', (expected, one) => {
  expect(qosClass(pod({ containers: [one] }))).toBe(expected)
})

test.each([
  [0, 2, 0],
  [1, 2, 1_000],
  [100, 102, 10_000],
  [1_000, 1_024, 100_000],
  [2_500, 2_560, 250_000],
  [1_000_000, 262_144, 100_000_000],
])('%d milli-cpu are %d shares and a quota of %d', (milli, shares, quota) => {
  expect([cpuShares(milli), cpuQuota(milli)]).toEqual([shares, quota])
})

test('who asks for less memory is killed first', () => {
  const score = (one: ReturnType<typeof asks>, more = {}) =>
    oomScoreAdj(pod({ containers: [one], ...more }), one, 4 * gi)
  expect(score(asks())).toBe(1000)
  expect(score(asks({ memory: '1Gi' }))).toBe(750)
  expect(score(asks({ memory: '1' }))).toBe(999)
  expect(score(asks({ memory: '4Gi' }))).toBe(3)
  expect(score(asks({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' }))).toBe(-997)
  expect(score(asks(), { priority: 2_000_001_000 })).toBe(-997)
})

test('a limit stands for a request that is missing', () => {
  const one = asks(undefined, { cpu: '500m', memory: '64Mi' })
  expect(linuxResources(pod({ containers: [one] }), one, gi)).toMatchObject({
    cpuShares: 512,
    cpuQuota: 50_000,
    memoryLimitInBytes: 64 * 2 ** 20,
  })
})

test('a pod needs its peak: containers and sidecars together, or an init container with the sidecars before it', () => {
  const cpu = (name: string, amount: string, more = {}) =>
    container(name, { resources: { requests: { cpu: amount } }, ...more } as never)
  const initContainers = [cpu('i', '300m'), cpu('s', '50m', { restartPolicy: 'Always' }), cpu('j', '400m')]
  const containers = [cpu('a', '100m'), cpu('b', '100m')]
  expect(podRequests(pod({ initContainers, containers })).get('cpu')).toBe(450)
  expect(podRequests(pod({ initContainers, containers, overhead: { cpu: '10m' } })).get('cpu')).toBe(460)
})
